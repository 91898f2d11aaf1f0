//! How a password stands, as bytes and back. What it is compared with is `personal`'s.

use bailiwick_identity::{
    Credentials, Delivery, KeptSecrets, PasswordStanding, PendingSecret, SecretKind, Seer, UserId,
};
use bailiwick_proto::log::v1 as log;

use super::names::{instant, optional, optional_instant, user_id};
use crate::log::Damage;

const UNKNOWN: Damage = Damage("a password stands in a way that this version does not know");

pub(super) fn write(user: &UserId, credentials: &Credentials) -> log::Credentials {
    let Credentials { standing, pending, seen_by, address_by, subject_by, kept: _ } = credentials;
    let (standing, until) = match standing {
        PasswordStanding::Unset => (log::PasswordStanding::Unset, None),
        PasswordStanding::Chosen => (log::PasswordStanding::Chosen, None),
        PasswordStanding::OneTime(until) => (log::PasswordStanding::OneTime, Some(until.as_micros())),
        PasswordStanding::Revoked => (log::PasswordStanding::Revoked, None),
    };
    let (seen_by, seen_by_roles) = write_seer(seen_by.as_ref());
    let (address_by, address_by_roles) = write_seer(address_by.as_ref());
    let (subject_by, subject_by_roles) = write_seer(subject_by.as_ref());
    log::Credentials {
        user: user.to_string(),
        standing: standing.into(),
        one_time_until: until,
        pending: pending.as_ref().map(write_pending),
        seen_by,
        seen_by_roles,
        address_by,
        address_by_roles,
        subject_by,
        subject_by_roles,
    }
}

/// An id and names of roles, empty where there is none.
fn write_seer(seer: Option<&Seer>) -> (String, Vec<String>) {
    seer.map(|seer| (seer.user.to_string(), seer.roles.clone())).unwrap_or_default()
}

fn read_seer(user: &str, roles: Vec<String>) -> Result<Option<Seer>, Damage> {
    Ok(optional(user, user_id)?.map(|user| Seer { user, roles }))
}

fn write_pending(pending: &PendingSecret) -> log::PendingSecret {
    let PendingSecret { kind, delivery, expires_at } = pending;
    log::PendingSecret {
        kind: match kind {
            SecretKind::Activation => log::SecretKind::Activation,
            SecretKind::Reset => log::SecretKind::Reset,
        }
        .into(),
        delivery: match delivery {
            Delivery::Mail => log::SecretDelivery::Mail,
            Delivery::Shown => log::SecretDelivery::Shown,
        }
        .into(),
        expires_at: expires_at.as_micros(),
    }
}

/// Reads credentials, with what was kept apart of them.
pub(super) fn read(message: log::Credentials, kept: KeptSecrets) -> Result<(UserId, Credentials), Damage> {
    let log::Credentials {
        user,
        standing,
        one_time_until,
        pending,
        seen_by,
        seen_by_roles,
        address_by,
        address_by_roles,
        subject_by,
        subject_by_roles,
    } = message;
    let until = optional_instant(one_time_until)?;
    let standing = match (log::PasswordStanding::try_from(standing).map_err(|_| UNKNOWN)?, until) {
        (log::PasswordStanding::Unset, _) => PasswordStanding::Unset,
        (log::PasswordStanding::Chosen, _) => PasswordStanding::Chosen,
        (log::PasswordStanding::OneTime, Some(until)) => PasswordStanding::OneTime(until),
        (log::PasswordStanding::Revoked, _) => PasswordStanding::Revoked,
        (log::PasswordStanding::OneTime, None) | (log::PasswordStanding::Unspecified, _) => {
            return Err(UNKNOWN);
        }
    };
    let pending = pending.map(read_pending).transpose()?;
    let seen_by = read_seer(&seen_by, seen_by_roles)?;
    let address_by = read_seer(&address_by, address_by_roles)?;
    let subject_by = read_seer(&subject_by, subject_by_roles)?;
    Ok((user_id(&user)?, Credentials { standing, pending, seen_by, address_by, subject_by, kept }))
}

fn read_pending(message: log::PendingSecret) -> Result<PendingSecret, Damage> {
    let log::PendingSecret { kind, delivery, expires_at } = message;
    let unknown = Damage("a secret is of a kind that this version does not know");
    Ok(PendingSecret {
        kind: match log::SecretKind::try_from(kind) {
            Ok(log::SecretKind::Activation) => SecretKind::Activation,
            Ok(log::SecretKind::Reset) => SecretKind::Reset,
            Ok(log::SecretKind::Unspecified) | Err(_) => return Err(unknown),
        },
        delivery: match log::SecretDelivery::try_from(delivery) {
            Ok(log::SecretDelivery::Mail) => Delivery::Mail,
            Ok(log::SecretDelivery::Shown) => Delivery::Shown,
            Ok(log::SecretDelivery::Unspecified) | Err(_) => return Err(unknown),
        },
        expires_at: instant(expires_at)?,
    })
}

#[cfg(test)]
mod tests {
    use bailiwick_identity::{Instant, PasswordHash, SecretDigest};

    use super::*;
    use crate::codec::personal;

    fn seer(user: &str, roles: &[&str]) -> Seer {
        let roles = roles.iter().map(|&role| role.to_owned()).collect();
        Seer { user: UserId::parse(user).unwrap(), roles }
    }

    #[test]
    fn what_is_written_comes_back() {
        let at = |micros| Instant::from_micros(micros).unwrap();
        let user = UserId::parse("u").unwrap();
        let standings = [
            PasswordStanding::Unset,
            PasswordStanding::Chosen,
            PasswordStanding::OneTime(at(7)),
            PasswordStanding::Revoked,
        ];
        let kinds = [SecretKind::Activation, SecretKind::Reset];
        for (n, standing) in standings.into_iter().enumerate() {
            for (kind, delivery) in kinds.into_iter().zip([Delivery::Mail, Delivery::Shown]) {
                let some = n % 2 == 0;
                let credentials = Credentials {
                    standing,
                    pending: some.then_some(PendingSecret { kind, delivery, expires_at: at(9) }),
                    seen_by: some.then(|| seer("m", &["chief", "staff"])),
                    address_by: some.then(|| seer("n", &[])),
                    subject_by: some.then(|| seer("o", &["chief"])),
                    kept: KeptSecrets {
                        password: some.then(|| PasswordHash("$argon2id$".to_owned())),
                        secret: some.then_some(SecretDigest([5; 32])),
                    },
                };
                let part = personal::write_kept(&credentials.kept);
                let kept = personal::read_kept(part.as_deref()).unwrap();
                assert_eq!(read(write(&user, &credentials), kept).unwrap(), (user.clone(), credentials));
            }
        }
    }

    #[test]
    fn values_of_another_version_are_damage() {
        let user = UserId::parse("u").unwrap();
        let spoil = |spoil: fn(&mut log::Credentials)| {
            let mut message = write(&user, &Credentials::default());
            message.pending = Some(log::PendingSecret { kind: 1, delivery: 1, expires_at: 9 });
            spoil(&mut message);
            read(message, KeptSecrets::default())
        };
        assert!(spoil(|_| {}).is_ok());
        for bad in [
            spoil(|message| message.standing = 0),
            spoil(|message| message.standing = 9),
            spoil(|message| message.standing = 3),
            spoil(|message| message.user.clear()),
            spoil(|message| message.pending.as_mut().unwrap().kind = 3),
            spoil(|message| message.pending.as_mut().unwrap().delivery = 0),
        ] {
            assert!(bad.is_err());
        }
    }
}

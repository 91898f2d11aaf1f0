//! What a command did beside what it says, as bytes and back.

use bailiwick_identity::UserId;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::Effect;
use log::EffectKind as Kind;

use super::imported;
use super::names::{Names, customer_id, user_id};
use crate::log::Damage;

pub(super) fn write(names: &Names<'_>, effect: &Effect) -> Result<log::Effect, Damage> {
    let of = |kind: Kind, user: &UserId, number: u32| log::Effect {
        kind: kind.into(),
        user: user.to_string(),
        assignment: number,
        unit: String::new(),
        customer: String::new(),
        system: String::new(),
        row: None,
    };
    Ok(match effect {
        Effect::EndedExclusive { user, number } => of(Kind::EndedExclusive, user, *number),
        Effect::ReactivatedElsewhere { user, number } => of(Kind::ReactivatedElsewhere, user, *number),
        Effect::GrantReactivatedElsewhere { user, system } => log::Effect {
            system: names.system_name(*system)?,
            ..of(Kind::GrantReactivatedElsewhere, user, 0)
        },
        Effect::ReportingRoleCleared { user } => of(Kind::ReportingRoleCleared, user, 0),
        Effect::Enabled { user } => of(Kind::Enabled, user, 0),
        Effect::Suspended { user, number } => of(Kind::Suspended, user, *number),
        Effect::RemainsFromAbove { user, number } => of(Kind::RemainsFromAbove, user, *number),
        Effect::CaseEnded { user, customer, unit } => log::Effect {
            unit: names.unit_id(*unit)?,
            customer: customer.to_string(),
            ..of(Kind::CaseEnded, user, 0)
        },
        Effect::CredentialsRevoked { user } => of(Kind::CredentialsRevoked, user, 0),
        Effect::ActivationMailed { user } => of(Kind::ActivationMailed, user, 0),
        Effect::BelowMinimum { unit } => log::Effect {
            kind: Kind::BelowMinimum.into(),
            unit: names.unit_id(*unit)?,
            ..log::Effect::default()
        },
        Effect::Imported(row) => imported::write(row)?,
    })
}

pub(super) fn read(names: &Names<'_>, message: log::Effect) -> Result<Effect, Damage> {
    let log::Effect { kind, user, assignment: number, unit, customer, system, row } = message;
    let unknown = Damage("an effect is none that this version knows");
    Ok(match Kind::try_from(kind).map_err(|_| unknown)? {
        Kind::Unspecified => return Err(unknown),
        Kind::EndedExclusive => Effect::EndedExclusive { user: user_id(&user)?, number },
        Kind::ReactivatedElsewhere => Effect::ReactivatedElsewhere { user: user_id(&user)?, number },
        Kind::GrantReactivatedElsewhere => {
            Effect::GrantReactivatedElsewhere { user: user_id(&user)?, system: names.system(&system)? }
        }
        Kind::ReportingRoleCleared => Effect::ReportingRoleCleared { user: user_id(&user)? },
        Kind::Enabled => Effect::Enabled { user: user_id(&user)? },
        Kind::Suspended => Effect::Suspended { user: user_id(&user)?, number },
        Kind::RemainsFromAbove => Effect::RemainsFromAbove { user: user_id(&user)?, number },
        Kind::CaseEnded => Effect::CaseEnded {
            user: user_id(&user)?,
            customer: customer_id(&customer)?,
            unit: names.unit(&unit)?,
        },
        Kind::CredentialsRevoked => Effect::CredentialsRevoked { user: user_id(&user)? },
        Kind::ActivationMailed => Effect::ActivationMailed { user: user_id(&user)? },
        Kind::BelowMinimum => Effect::BelowMinimum { unit: names.unit(&unit)? },
        Kind::Imported => imported::read(&user, row.ok_or(unknown)?)?,
    })
}

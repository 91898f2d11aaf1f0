//! Handles: proof that an actor found a person out of sight by what they know of them.
//!
//! A handle is for one realm, caller, actor and user, for ten minutes and one command. It is sealed: nobody reads from it
//! whom it is about. That it was used up is in the database, so that it is good once on all servers together.

use bailiwick_identity::{Instant, UserId};
use bailiwick_proto::parse;
use bailiwick_realm::Handle;
use sha2::{Digest, Sha256};

use crate::backend::Backend;
use crate::caller::Caller;
use crate::clock;
use crate::fault::{Fault, Known};
use crate::random;
use crate::seal::SealingKey;

/// How long a handle is good for, in microseconds.
const GOOD_FOR: i64 = 600_000_000;

/// The most handles that one command looks at for one user.
const MOST_HANDLES: usize = 16;

/// Makes and opens handles.
#[derive(Clone)]
pub(crate) struct HandleKey(SealingKey);

/// For whom a handle is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'h> {
    pub(crate) realm: &'h str,
    pub(crate) caller: &'h Caller,
    pub(crate) actor: &'h UserId,
}

impl Holder<'_> {
    /// What a handle of theirs is sealed for.
    fn purpose(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in ["handle", self.realm, &self.caller.id(), self.actor.as_str()] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

impl HandleKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(SealingKey::new(key))
    }

    /// A new handle about a user.
    pub(crate) fn make(&self, holder: &Holder<'_>, user: &UserId, now: Instant) -> Result<String, Fault> {
        let id: [u8; 16] = random::bytes()?;
        let ends = now.as_micros().saturating_add(GOOD_FOR).to_be_bytes();
        self.0.seal(&holder.purpose(), &[&id[..], &ends, user.as_str().as_bytes()].concat())
    }

    /// A handle that was made for its holder; none that was made up, or for somebody else. Whether it is still good is
    /// judged with the command.
    pub(crate) fn open(&self, holder: &Holder<'_>, text: &str) -> Option<Handle> {
        let plain = self.0.open(&holder.purpose(), text)?;
        let (id, rest) = plain.split_first_chunk::<16>()?;
        let (ends, user) = rest.split_first_chunk::<8>()?;
        Some(Handle {
            id: *id,
            caller: holder.caller.id().into_owned(),
            actor: holder.actor.clone(),
            user: UserId::parse(std::str::from_utf8(user).ok()?).ok()?,
            expires_at: Instant::from_micros(i64::from_be_bytes(*ends))?,
        })
    }
}

impl Backend {
    /// A refusal; where it says that whom it would make is there, with a handle by which they are added instead.
    pub(crate) fn with_handle(&self, holder: &Holder<'_>, fault: Fault) -> Fault {
        let Fault::Refused(refusal, path) = fault else { return fault };
        let Some(user) = &refusal.found else { return Fault::Refused(refusal, path) };
        match self.handles.make(holder, user, clock::now()) {
            Ok(handle) => Fault::Known(Box::new(Known { refusal: *refusal, path, handle })),
            Err(fault) => fault,
        }
    }

    /// The handles that a field of a command has for one user: each was made for this realm, caller and actor.
    pub(crate) fn opened(
        &self,
        caller: &Caller,
        realm: &str,
        actor: &str,
        field: &str,
        handles: &[String],
    ) -> Result<Vec<Handle>, Fault> {
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let Some(actor) = parse::actor(actor)? else {
            return Err(Fault::field(field, "an operator needs none"));
        };
        if handles.len() > MOST_HANDLES {
            return Err(Fault::field(field, format!("has at most {MOST_HANDLES}")));
        }
        let holder = Holder { realm, caller, actor: &actor };
        let open = |(index, text): (usize, &String)| {
            let refused = || {
                let text = "was not given out for this realm, caller and actor: search again";
                Fault::field(&format!("{field}[{index}]"), text)
            };
            self.handles.open(&holder, text).ok_or_else(refused)
        };
        handles.iter().enumerate().map(open).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_for_its_holder() {
        let key = HandleKey::new(&[7; 32]);
        let (caller, nora, sid) =
            (Caller::local_operator(), UserId::parse("nora").unwrap(), UserId::parse("sid").unwrap());
        let holder = Holder { realm: "realms/eto", caller: &caller, actor: &nora };
        let now = Instant::from_micros(1_000_000).unwrap();
        let text = key.make(&holder, &sid, now).unwrap();
        let handle = key.open(&holder, &text).unwrap();
        assert_eq!(
            (handle.user, handle.actor, handle.expires_at.as_micros()),
            (sid.clone(), nora.clone(), 601_000_000)
        );
        assert!(key.open(&Holder { actor: &sid, ..holder }, &text).is_none());
        assert!(key.open(&Holder { realm: "realms/other", ..holder }, &text).is_none());
        assert!(HandleKey::new(&[8; 32]).open(&holder, &text).is_none());
        assert!(key.open(&holder, "").is_none() && key.open(&holder, &text[1..]).is_none());
        assert_ne!(key.make(&holder, &sid, now).unwrap(), text);
    }
}

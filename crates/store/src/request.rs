//! How callers' own ids of commands are remembered: by keyed digests, since what callers put into them may tell of people
//! and is remembered longer than who is erased.

use bailiwick_identity::{UserId, UsernameKey};

use crate::api::RequestId;
use crate::log::tables::RequestKey;

/// A caller's own id of a command.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// As given: it stands with the reason in the personal part of the change, and is erased with it.
    pub(crate) id: String,
    /// What is remembered of it.
    pub(crate) name: String,
    /// What is remembered of the request.
    pub(crate) body: [u8; 32],
    /// What older versions remembered of the request.
    pub(crate) plain_body: [u8; 32],
}

impl Named {
    pub(crate) fn new(request: RequestId, key: UsernameKey) -> Self {
        let RequestId { id, body } = request;
        // No username has a NUL in it: nothing else is digested to the same.
        let first = key.digest(&format!("\0request id\0{id}")).0;
        let name = format!("#{}", hex(&first));
        let halves = ["first", "second"].map(|half| key.digest(&format!("\0{half} half\0{}", hex(&body))).0);
        let mut keyed = [0; 32];
        for (to, from) in keyed.iter_mut().zip(halves.into_iter().flatten()) {
            *to = from;
        }
        Self { id, name, body: keyed, plain_body: body }
    }

    /// Under what it is unique. No actor: an operator.
    pub(crate) fn key(&self, caller: &str, actor: Option<&UserId>) -> RequestKey {
        RequestKey {
            caller: caller.to_owned(),
            actor: actor.map(UserId::to_string).unwrap_or_default(),
            id: self.name.clone(),
            plain: self.id.clone(),
        }
    }

    /// Whether this is what is remembered of the request.
    pub(crate) fn is(&self, body: &[u8; 32]) -> bool {
        *body == self.body || *body == self.plain_body
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_tells_nothing_without_the_key() {
        let request = |id: &str, body| RequestId { id: id.to_owned(), body: [body; 32] };
        let of = |id, body, key| Named::new(request(id, body), UsernameKey([key; 32]));
        let one = of("make joe@example.org", 1, 1);
        assert_eq!((one.name.len(), one.name.starts_with('#')), (33, true));
        assert_eq!(one.name, of("make joe@example.org", 2, 1).name);
        assert_ne!(one.name, of("make jim@example.org", 1, 1).name);
        assert_ne!(one.name, of("make joe@example.org", 1, 2).name);
        assert_ne!(one.body, of("make joe@example.org", 1, 2).body);
        assert_ne!(one.body[..16], one.body[16..]);
        assert!(one.is(&one.body) && one.is(&[1; 32]) && !one.is(&[2; 32]));
    }
}

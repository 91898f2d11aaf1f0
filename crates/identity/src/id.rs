//! Opaque ids of realms, users, units, customers and requests.
//!
//! An id is 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `~` or `:`, starting with a letter or digit. Ids are
//! compared byte by byte, so that every database and every client agrees on what is equal. They never change and
//! are never used again. An id is not a name: what people read (a username, a unit's title) is a field.

use std::fmt;
use std::sync::Arc;

/// Longest id, in bytes.
const MAX_LEN: usize = 128;

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdFault {
    /// No characters at all.
    Empty,
    /// More than 128 bytes.
    TooLong,
    /// A character outside `A–Z a–z 0–9 - _ . ~ :`, or a first one that is neither letter nor digit.
    BadCharacter,
}

impl fmt::Display for IdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an id must not be empty",
            Self::TooLong => "an id has at most 128 bytes",
            Self::BadCharacter => {
                "an id is made of ASCII letters, digits, `-`, `_`, `.`, `~` and `:` and starts with a letter or digit"
            }
        })
    }
}

impl std::error::Error for IdFault {}

/// Examines whether a text is an id, without keeping it.
///
/// # Errors
/// When the text is empty, longer than 128 bytes, or has a character that ids do not have.
pub fn examine_id(text: &str) -> Result<(), IdFault> {
    let first = text.bytes().next().ok_or(IdFault::Empty)?;
    if text.len() > MAX_LEN {
        return Err(IdFault::TooLong);
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b':');
    if !first.is_ascii_alphanumeric() || !text.bytes().all(allowed) {
        return Err(IdFault::BadCharacter);
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads an id.
            ///
            /// # Errors
            /// When the text is empty, longer than 128 bytes, or has a character that ids do not have.
            pub fn parse(text: &str) -> Result<Self, IdFault> {
                examine_id(text)?;
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A realm: one organisation's closed world.
    RealmId
);
id!(
    /// A user: a person who can sign in and be given access.
    UserId
);
id!(
    /// A unit: a place in the realm's graph.
    UnitId
);
id!(
    /// A customer: a person whose record is protected. Ids should be unguessable.
    CustomerId
);
id!(
    /// A request: changes that wait for their approvers.
    RequestId
);
id!(
    /// A review: what is held somewhere, looked at again.
    ReviewId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_ascii() {
        assert!(UserId::parse("u-17").is_ok());
        assert_eq!(UserId::parse(""), Err(IdFault::Empty));
        assert_eq!(UserId::parse(&"a".repeat(129)), Err(IdFault::TooLong));
        for bad in ["-a", "a b", "a/b", "é", "a\n", "a@b"] {
            assert_eq!(UserId::parse(bad), Err(IdFault::BadCharacter), "{bad:?}");
        }
    }
}

//! Names on the wire: a collection, a slash and an id.

use std::fmt::{self, Write as _};

use bailiwick_identity::{IdFault, examine_id};
use bailiwick_policy::scheme::Resource;

use super::form::NAME_BYTES;

/// A collection that names begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// `realms/eto`
    Realms,
    /// `users/u-17`
    Users,
    /// `units/site-b`
    Units,
    /// `customers/1001`
    Customers,
    /// `systems/verint`
    Systems,
    /// `assignments/3`
    Assignments,
    /// `keys/k-3`
    Keys,
    /// `requests/r-9`
    Requests,
    /// `reviews/2026-q4`
    Reviews,
}

impl Collection {
    /// The collection of a type of resource.
    #[must_use]
    pub fn of(resource: Resource) -> Self {
        match resource {
            Resource::Unit => Self::Units,
            Resource::Customer => Self::Customers,
            Resource::User => Self::Users,
            Resource::System => Self::Systems,
        }
    }

    /// What stands before the id.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Realms => "realms/",
            Self::Users => "users/",
            Self::Units => "units/",
            Self::Customers => "customers/",
            Self::Systems => "systems/",
            Self::Assignments => "assignments/",
            Self::Keys => "keys/",
            Self::Requests => "requests/",
            Self::Reviews => "reviews/",
        }
    }

    /// The name of the thing with this id.
    #[must_use]
    pub fn name(self, id: impl fmt::Display) -> String {
        /// Room for an id of the usual length: names are made with every answer.
        const ID: usize = 24;
        let prefix = self.prefix();
        let mut name = String::with_capacity(prefix.len() + ID);
        name.push_str(prefix);
        // Nothing that is written to a text fails.
        let _ = write!(name, "{id}");
        name
    }
}

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing is there.
    Missing(Collection),
    /// It does not begin with the collection.
    OtherCollection(Collection),
    /// What follows is no id.
    Id(Collection, IdFault),
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(of) => write!(f, "is required: `{}` and an id", of.prefix()),
            Self::OtherCollection(of) => write!(f, "must be `{}` and an id", of.prefix()),
            Self::Id(of, fault) => write!(f, "must be `{}` and an id: {fault}", of.prefix()),
        }
    }
}

/// The id in a name of a collection, examined and borrowed.
///
/// # Errors
/// When the text is empty, of another collection, or what follows is no id.
pub fn named(of: Collection, text: &str) -> Result<&str, NameFault> {
    if text.is_empty() {
        return Err(NameFault::Missing(of));
    }
    let id = text.strip_prefix(of.prefix()).ok_or(NameFault::OtherCollection(of))?;
    examine_id(id).map_err(|fault| NameFault::Id(of, fault))?;
    Ok(id)
}

/// Examines the plain id of something that the scheme names.
pub(crate) fn bare(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is required".to_owned());
    }
    if text.len() > NAME_BYTES {
        return Err(format!("has at most {NAME_BYTES} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err("holds no control characters".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_collection_and_an_id() {
        assert_eq!(named(Collection::Users, "users/u-17"), Ok("u-17"));
        assert_eq!(named(Collection::Users, ""), Err(NameFault::Missing(Collection::Users)));
        assert_eq!(named(Collection::Users, "u-17"), Err(NameFault::OtherCollection(Collection::Users)));
        assert_eq!(
            named(Collection::Users, "Users/u-17"),
            Err(NameFault::OtherCollection(Collection::Users))
        );
        for bad in ["users/", "users/a/b", "users/a b", "users/\u{1b}", "users/é", "users/-"] {
            assert!(matches!(named(Collection::Users, bad), Err(NameFault::Id(..))), "{bad:?}");
        }
    }
}

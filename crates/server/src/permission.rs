//! What programs may do.

use bailiwick_proto::v1;

/// What a program may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Permission {
    /// Ask questions.
    Check,
    /// Ask who and what is allowed, as lists.
    List,
    /// Read the log, without what is personal.
    Follow,
    /// Read what is personal in the log, too.
    WatchPersonal,
    /// Verify passwords and redeem secrets.
    Login,
    /// Change and read on behalf of an actor.
    Manage,
    /// All that operators do, without an actor.
    Operate,
    /// Deliver what is to be mailed. Apart from `WatchPersonal`: whoever may read about people may not therefore sign in
    /// as them.
    Deliver,
}

impl Permission {
    /// Every permission.
    pub(crate) const ALL: [Self; 8] = [
        Self::Check,
        Self::List,
        Self::Follow,
        Self::WatchPersonal,
        Self::Login,
        Self::Manage,
        Self::Operate,
        Self::Deliver,
    ];

    /// The name under which a key is kept and errors speak.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::List => "list",
            Self::Follow => "follow",
            Self::WatchPersonal => "watch_personal",
            Self::Login => "login",
            Self::Manage => "manage",
            Self::Operate => "operate",
            Self::Deliver => "deliver",
        }
    }

    /// The permission of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    /// The permission as callers see it.
    pub(crate) fn on_wire(self) -> v1::Permission {
        match self {
            Self::Check => v1::Permission::Check,
            Self::List => v1::Permission::List,
            Self::Follow => v1::Permission::Follow,
            Self::WatchPersonal => v1::Permission::WatchPersonal,
            Self::Login => v1::Permission::Login,
            Self::Manage => v1::Permission::Manage,
            Self::Operate => v1::Permission::Operate,
            Self::Deliver => v1::Permission::Deliver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_found_by_name() {
        for permission in Permission::ALL {
            assert_eq!(Permission::named(permission.name()), Some(permission));
        }
    }
}

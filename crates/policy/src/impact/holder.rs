//! A user, as far as they are compared.

use std::collections::BTreeSet;

use bailiwick_membership::{Access, TriedUser, UserRef};

/// A user on one side.
pub(super) enum Holder<'w> {
    AsIs(UserRef<'w>),
    Tried(Box<TriedUser>),
}

impl Holder<'_> {
    pub(super) fn get(&self) -> Option<UserRef<'_>> {
        match self {
            Self::AsIs(user) => Some(*user),
            Self::Tried(tried) => tried.get(),
        }
    }
}

/// A user who holds these assignments alone, where some are named, and has no other account.
pub(super) fn part(user: UserRef<'_>, numbers: Option<&BTreeSet<u32>>, alone: bool) -> TriedUser {
    let mut access: Access = user.access();
    access.assignments.retain(|held| numbers.is_none_or(|numbers| numbers.contains(&held.number)));
    access.person = access.person.filter(|_| !alone);
    TriedUser::new(access, user.caseload())
}

//! Finding the person before another is made: who of those who could be meant is told of, and how the search ends.
//!
//! Who could be meant is read from tables, by external id, e-mail and names; what decides stands here. The steps: an equal
//! external id; the e-mail; both names and the birth date; both names. The first with a hit ends the search.

use std::collections::BTreeSet;

use bailiwick_identity::UserId;
use bailiwick_identity::matching::{Compared, Step, Typed};
use bailiwick_identity::{Field, Profile};
use bailiwick_policy::manage::{Actor, Other};

use crate::state::State;

/// How a search ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOutcome {
    /// The same external id; or e-mail, names and birth date are the same, where the scheme has them.
    Exact,
    /// The same e-mail; something else differs or is missing.
    EmailButDetailsDiffer,
    /// The same names and birth date, and another e-mail.
    NamesAndBirthDateButEmailDiffers,
    /// The same names, no more.
    NameOnly,
    /// Nobody among active users; whether there is a disabled one is not said.
    NoneActive,
    /// Nobody at all.
    None,
}

/// A search.
#[derive(Clone, Copy)]
pub struct Search<'s> {
    /// Where.
    pub state: &'s State,
    /// On whose behalf, whose sight binds; unset: an operator, who sees all.
    pub actor: Option<Actor<'s>>,
    /// What is known of who is looked for.
    pub typed: &'s Typed,
    /// Whether disabled users are looked at, too.
    pub include_disabled: bool,
}

impl Search<'_> {
    /// How somebody compares, if the actor is to be told: of who is out of sight only where what was typed shows that they
    /// are known. Nobody who was erased; nobody disabled, unless they are asked for.
    #[must_use]
    pub fn told(&self, user: &UserId, profile: &Profile) -> Option<Compared> {
        let world = &self.state.world;
        let other = Other::as_held(world, world.user_ix(user.as_str())?)?;
        if !other.user.is_active() && !self.include_disabled {
            return None;
        }
        let compared = self.typed.compare(profile);
        let seen =
            self.actor.is_none_or(|actor| actor.ix() == other.ix || actor.may_see(Some(other)).is_ok());
        (seen || compared.proves_acquaintance()).then_some(compared)
    }

    /// How the search ends, and who of those told of it ends with: all that the first step with a hit has found.
    #[must_use]
    pub fn end<T>(&self, told: Vec<(T, Compared)>) -> (MatchOutcome, Vec<(T, Compared)>) {
        let absent = self.absent();
        let step = |compared: &Compared| self.weighed(compared).step(absent);
        let Some(first) = told.iter().filter_map(|(_, compared)| step(compared)).min() else {
            let nobody = if self.include_disabled { MatchOutcome::None } else { MatchOutcome::NoneActive };
            return (nobody, Vec::new());
        };
        let found: Vec<_> = told.into_iter().filter(|(_, compared)| step(compared) == Some(first)).collect();
        let exact = found.iter().any(|(_, compared)| self.weighed(compared).is_exact(absent));
        let outcome = match first {
            Step::ExternalId => MatchOutcome::Exact,
            Step::Email | Step::NamesAndBirthDate if exact => MatchOutcome::Exact,
            Step::Email => MatchOutcome::EmailButDetailsDiffer,
            Step::NamesAndBirthDate => MatchOutcome::NamesAndBirthDateButEmailDiffers,
            Step::Names => MatchOutcome::NameOnly,
        };
        (outcome, found)
    }

    /// What counts of a comparison: the scheme says which external ids decide; where it names none, all do.
    fn weighed(&self, compared: &Compared) -> Compared {
        let deciding = &self.state.scheme.matching().external_ids;
        let by = self.typed.external_id.as_ref().map(|(name, _)| name);
        let decides = deciding.is_empty() || by.is_some_and(|name| deciding.contains(name));
        Compared { external_id: compared.external_id.filter(|_| decides), fields: compared.fields.clone() }
    }

    fn absent(&self) -> &BTreeSet<Field> {
        &self.state.scheme.users().absent
    }
}

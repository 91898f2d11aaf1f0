//! Looking for people in scenarios.
//!
//! `look_for = "first_name 'Joe', last_name 'McGoo', email 'joe@example.org', disabled"`: fields and external ids with what
//! is typed, and `disabled` where those are to be looked at, too. What is expected is how the search ends; `found` lists
//! whom it ends with, `ned unseen` where somebody is told of who is out of sight.

use bailiwick_identity::matching::Typed;
use bailiwick_identity::{Field, Instant, kept};
use bailiwick_policy::manage::{Actor, Other};
use bailiwick_realm::{MatchOutcome, Search};

use super::realm::Realm;
use super::words::clauses;
use crate::reading::Fields;

/// How a search may end, as scenarios name it.
const OUTCOMES: [(&str, MatchOutcome); 6] = [
    ("EXACT", MatchOutcome::Exact),
    ("EMAIL_BUT_DETAILS_DIFFER", MatchOutcome::EmailButDetailsDiffer),
    ("NAME_AND_BIRTH_DATE_BUT_EMAIL_DIFFERS", MatchOutcome::NamesAndBirthDateButEmailDiffers),
    ("NAME_ONLY", MatchOutcome::NameOnly),
    ("NONE_ACTIVE", MatchOutcome::NoneActive),
    ("NONE", MatchOutcome::None),
];

/// How a search ended, as scenarios name it.
pub(crate) fn outcome_name(outcome: MatchOutcome) -> &'static str {
    OUTCOMES.iter().find(|(_, known)| *known == outcome).map_or("an unknown outcome", |(name, _)| name)
}

/// Who is looked for, and how that should end.
#[derive(Debug, Clone)]
pub(crate) struct Looking {
    actor: Option<String>,
    phrase: String,
    expect: String,
    found: Vec<String>,
}

impl Looking {
    /// Takes the keys of a search.
    pub(crate) fn read(fields: &mut Fields<'_>, phrase: String, expect: String) -> Result<Self, String> {
        let known = OUTCOMES.iter().any(|(name, _)| *name == expect) || expect.starts_with("refused:");
        if !known {
            return Err(format!("`{expect}` is no end of a search"));
        }
        Ok(Self { actor: fields.text("actor")?, phrase, expect, found: fields.texts("found")? })
    }

    /// Whether somebody is to be found.
    pub(crate) fn finds(&self) -> bool {
        !self.found.is_empty()
    }

    pub(crate) fn run(&self, realm: &Realm, now: Instant) -> Result<Vec<String>, String> {
        let (outcome, mut found) = self.search(realm, now)?;
        let mut wanted = self.found.clone();
        wanted.sort();
        found.sort();
        let mut problems = Vec::new();
        if outcome != self.expect {
            problems.push(format!("expected {}, got {outcome}", self.expect));
        }
        if found != wanted {
            problems.push(format!("expected {wanted:?} to be found, got {found:?}"));
        }
        Ok(problems)
    }

    fn search(&self, realm: &Realm, now: Instant) -> Result<(String, Vec<String>), String> {
        let (typed, include_disabled) = self.typed()?;
        let (world, scheme) = (&realm.state.world, &realm.state.scheme);
        let actor = match self.actor.as_deref().map(|actor| Actor::find(world, scheme, actor, now)) {
            None => None,
            Some(Err(reason)) => return Ok((format!("refused:{}", reason.code()), Vec::new())),
            Some(Ok(actor)) if !actor.may_look_for_people() => {
                return Ok(("refused:NO_MANAGEMENT_RIGHT".to_owned(), Vec::new()));
            }
            Some(Ok(actor)) => Some(actor),
        };
        let search = Search { state: &realm.state, actor, typed: &typed, include_disabled };
        let told = realm.people.all().filter_map(|(user, person)| {
            search.told(user, &person.profile).map(|compared| (user.clone(), compared))
        });
        let (outcome, found) = search.end(told.collect());
        let seen = |user: &str| {
            let other = world.user_ix(user).and_then(|ix| Other::as_held(world, ix));
            actor.is_none_or(|actor| actor.may_see(other).is_ok())
        };
        let found = found.iter().map(|(user, _)| match seen(user.as_str()) {
            true => user.to_string(),
            false => format!("{user} unseen"),
        });
        Ok((outcome_name(outcome).to_owned(), found.collect()))
    }

    fn typed(&self) -> Result<(Typed, bool), String> {
        let (mut typed, mut disabled) = (Typed::default(), false);
        for clause in clauses(&self.phrase)? {
            match (clause.words().as_slice(), &clause.text) {
                (["disabled"], None) => disabled = true,
                ([name], Some(value)) => match Field::named(name) {
                    Some(field) => {
                        let kept = kept(field, value).map_err(|fault| format!("`{name}`: {fault}"))?;
                        typed.fields.insert(field, kept);
                    }
                    None => typed.external_id = Some(((*name).to_owned(), value.clone())),
                },
                _ => return Err(format!("`{}`: a field and what is typed are wanted", self.phrase)),
            }
        }
        Ok((typed, disabled))
    }
}

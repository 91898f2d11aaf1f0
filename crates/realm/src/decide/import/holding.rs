//! What a row finds of somebody who is there: what they hold already and how, what they do not, and what they lost.
//!
//! Only what the actor sees of them: what is not seen is judged by the rules, as for any command.

use std::collections::BTreeSet;

use bailiwick_identity::{UnitId, kept_username, username_form};
use bailiwick_membership::{AssignmentRef, AssignmentState, Options, Scope, Suspension, UnitIx, UserRef};
use bailiwick_policy::manage::Other;

use super::super::Judged;
use super::super::judge::Judge;
use super::recognise::Found;
use super::{Rows, STATE, Viewer};
use crate::command::{AssignmentSpec, OptionsSpec, Patch, ScopeSpec};
use crate::import::{ListedPerson, Lost, RowSight};

/// What a row finds of somebody. Fields are named as a request names them.
#[derive(Default)]
pub(super) struct Holding {
    /// What they do not hold, as far as is seen.
    pub(super) missing: Vec<AssignmentSpec>,
    /// What of the row is otherwise.
    pub(super) differs: Vec<String>,
    /// What is held, and gives nothing now.
    pub(super) idle: Vec<String>,
    /// What of the missing was held before, or may have been.
    pub(super) lost: Vec<String>,
}

impl Rows<'_> {
    /// Compares what a row gives with what somebody holds.
    pub(super) fn holding(&self, person: &ListedPerson, found: &Found) -> Judged<Holding> {
        let world = &self.running.state.world;
        let known = world.user_ix(found.user.as_str()).and_then(|ix| Other::as_held(world, ix));
        let mut holding = Holding::default();
        let Some(other) = known else {
            holding.missing.clone_from(&person.assignments);
            return Ok(holding);
        };
        if found.sight == RowSight::Within {
            self.compare_person(person, found, other.user, &mut holding)?;
        }
        let seen = self.seen_of(&other, found)?;
        for (place, spec) in person.assignments.iter().enumerate() {
            let at = format!("assignments[{place}]");
            let is_it = |a: &AssignmentRef<'_>| self.is_of(spec, a);
            let held = || {
                let held = other.user.assignments().filter(|a| a.held(self.running.now));
                held.filter(|a| is_it(a) && seen.as_ref().is_none_or(|seen| seen.contains(&a.number)))
            };
            let in_force = held().find(|a| a.options.in_force(self.running.now));
            match in_force.or_else(|| held().next()) {
                Some(held) => self.compare(&at, spec, found, &held, &mut holding),
                None => {
                    let ended = other.user.assignments().any(|a| !a.held(self.running.now) && is_it(&a));
                    // What was removed is not known any more: it may have been this.
                    if ended || has_lost_something(other.user) {
                        holding.lost.push(at);
                    }
                    holding.missing.push(spec.clone());
                }
            }
        }
        self.notice_disabled(found, other.user, &mut holding);
        Ok(holding)
    }

    /// Whoever is given something may be enabled by it: not by a list that does not say that it means to. Of who is out of
    /// sight it is told only to who may give them something, as it is told by a search that finds them.
    fn notice_disabled(&self, found: &Found, user: UserRef<'_>, holding: &mut Holding) {
        let enables = !holding.missing.is_empty() && self.list.lost == Lost::GiveAgain;
        if user.is_active() || enables {
            return;
        }
        match found.sight {
            RowSight::Within => holding.idle.push(STATE.to_owned()),
            RowSight::Beyond if holding.missing.is_empty() => {}
            RowSight::Beyond => holding.lost.push(STATE.to_owned()),
        }
    }

    /// The numbers of what the actor sees of somebody; unset: of everything.
    fn seen_of(&self, other: &Other<'_>, found: &Found) -> Judged<Option<BTreeSet<u32>>> {
        let Viewer::User(actor) = self.viewer()? else { return Ok(None) };
        if actor.ix() == other.ix {
            return Ok(None);
        }
        let given = |number: &u32| self.beyond.get(&found.user).is_none_or(|before| number > before);
        // Of whom nothing is seen, everything is missing.
        let seen = actor.sight_of(other).map(|seen| seen.assignments).unwrap_or_default();
        Ok(Some(seen.into_iter().filter(given).collect()))
    }

    fn is_of(&self, spec: &AssignmentSpec, held: &AssignmentRef<'_>) -> bool {
        let (world, scheme) = (&self.running.state.world, &self.running.state.scheme);
        world.unit_ix(spec.unit.as_str()) == Some(held.unit)
            && scheme.role_named(&spec.role) == Some(held.role)
    }

    /// Where somebody belongs and what they sign in with, if the row says so.
    fn compare_person(
        &self,
        person: &ListedPerson,
        found: &Found,
        user: UserRef<'_>,
        holding: &mut Holding,
    ) -> Judged {
        let world = &self.running.state.world;
        // A home out of sight is shown to nobody, and none that is named is it.
        let viewer = self.viewer()?.bound();
        let judge = Judge { world, scheme: &self.running.state.scheme, now: self.running.now, actor: viewer };
        let home = world.node(user.home()).map(|node| &node.unit.id);
        let home = home.filter(|home| judge.find_unit(home).is_some());
        if person.home.as_ref().is_some_and(|said| Some(said) != home) {
            holding.differs.push("home_unit".to_owned());
        }
        let known =
            self.running.facts.people.get(&found.user).map(|known| username_form(&known.profile.username));
        let said = person.new.username.as_ref();
        let said = said.map(|said| kept_username(said).map(|said| username_form(&said)).ok());
        if said.is_some_and(|said| said != known) {
            holding.differs.push("username".to_owned());
        }
        Ok(())
    }

    /// How what is held differs from what the row would have given.
    fn compare(
        &self,
        at: &str,
        spec: &AssignmentSpec,
        found: &Found,
        held: &AssignmentRef<'_>,
        holding: &mut Holding,
    ) {
        let now = self.running.now;
        let OptionsSpec {
            scope,
            default_unit,
            user_type,
            user_management,
            caseload_only,
            exempt_units,
            own_caseload_units,
            others_caseload_units,
            starts_at,
            ends_at,
            note,
        } = &spec.options;
        let options: &Options = held.options;
        let said = |patch: &Patch<_>| match patch {
            Patch::Set(at) => Some(*at),
            Patch::Keep | Patch::Clear => None,
        };
        let begins = options.starts_at.filter(|start| *start > now);
        match options.state {
            AssignmentState::Suspended(suspension) if suspension.binds(now) => {
                holding.idle.push(format!("{at}.suspension"));
            }
            AssignmentState::Suspended(Suspension { until, .. }) if until.is_none_or(|until| until > now) => {
                holding.differs.push(format!("{at}.suspension"));
            }
            AssignmentState::Live | AssignmentState::Suspended(_) => {}
        }
        if begins.is_some() && begins != said(starts_at) {
            holding.idle.push(format!("{at}.options.starts_at"));
        }
        let caseload = &options.caseload;
        // What there is not is held by nobody.
        let scheme = &self.running.state.scheme;
        let is_label =
            |name: &String| options.user_type.is_some_and(|held| scheme.user_type_named(name) == Some(held));
        let is_default =
            |unit: &UnitId| options.default_unit.is_some_and(|held| self.place(unit) == Some(held));
        let notes = self.running.facts.people.get(&found.user).map(|known| &known.notes);
        let noted = |text: &String| notes.is_some_and(|n| n.assignments.get(&held.number) == Some(text));
        let same = [
            ("scope", self.is_scope(scope.as_ref(), &options.scope)),
            ("default_unit", is_as_said(default_unit, is_default)),
            ("user_type", is_as_said(user_type, is_label)),
            ("user_management", user_management.is_none_or(|said| said == options.user_management)),
            ("caseload_only", caseload_only.is_none_or(|said| said == caseload.only)),
            ("exempt_units", self.are(exempt_units.as_deref(), &caseload.exempt)),
            ("own_caseload_units", self.are(own_caseload_units.as_deref(), &caseload.own)),
            ("others_caseload_units", self.are(others_caseload_units.as_deref(), &caseload.others)),
            (
                "starts_at",
                begins.is_some()
                    || said(starts_at).is_none_or(|start| start <= now || options.starts_at == Some(start)),
            ),
            ("ends_at", said(ends_at) == options.ends_at),
            ("note", is_as_said(note, noted)),
        ];
        let others = same.into_iter().filter(|(_, same)| !same);
        holding.differs.extend(others.map(|(option, _)| format!("{at}.options.{option}")));
    }

    fn place(&self, unit: &UnitId) -> Option<UnitIx> {
        self.running.state.world.unit_ix(unit.as_str())
    }

    fn is_scope(&self, said: Option<&ScopeSpec>, held: &Scope) -> bool {
        match (said, held) {
            (None | Some(ScopeSpec::All), Scope::All) => true,
            (Some(ScopeSpec::Only(units)), Scope::Only(held)) => self.are(Some(units), held),
            (None | Some(ScopeSpec::All), Scope::Only(_)) | (Some(ScopeSpec::Only(_)), Scope::All) => false,
        }
    }

    /// Whether units that the row names, if it does, are these.
    fn are(&self, said: Option<&[UnitId]>, held: &[UnitIx]) -> bool {
        let said = said.map(|units| units.iter().map(|unit| self.place(unit)).collect::<BTreeSet<_>>());
        said.is_none_or(|said| said == held.iter().copied().map(Some).collect())
    }
}

/// Whether a value is as the row has it; one that the row does not name is.
fn is_as_said<T>(said: &Patch<T>, is: impl Fn(&T) -> bool) -> bool {
    match said {
        Patch::Keep | Patch::Clear => true,
        Patch::Set(value) => is(value),
    }
}

/// Whether somebody has fewer assignments than they were ever given. Ended ones stay, removed ones are gone.
fn has_lost_something(user: UserRef<'_>) -> bool {
    let left = u32::try_from(user.assignments().count()).unwrap_or(u32::MAX);
    left < user.access().last_number
}

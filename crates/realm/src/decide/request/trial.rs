//! A request, tried: its changes judged with its approvers as actors, without effect unless they are kept.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::manage::{Actor as Manager, Level, Right};
use bailiwick_policy::scheme::{ChangeRule, Rank};
use bailiwick_policy::{Reason, highest};

use super::parts::Parts;
use super::person::Person;
use super::rules;
use crate::command::{Actor, Body, Command, ManageUser, Spares, UserChange};
use crate::decide::draft::Draft;
use crate::decide::judge::rank_too_low;
use crate::decide::{Decided, Judged, close, user};
use crate::facts::Facts;
use crate::refusal::{Refusal, Refused};
use crate::request::{Content, Request};
use crate::state::State;

/// A request on a state, as it would be carried out.
pub(super) struct Trial<'t> {
    pub(super) state: &'t State,
    facts: &'t Facts,
    pub(super) content: &'t Content,
    author: Option<&'t UserId>,
    pub(super) now: Instant,
    /// What it touches.
    pub(super) parts: Parts,
    /// What the scheme asks beside of changes such as these.
    pub(super) rules: Vec<&'t ChangeRule>,
    people: Vec<ManageUser>,
    /// For activations of those whom it makes, or whose credentials it takes away.
    spares: Option<&'t Spares>,
    /// Whose `request.approve` covers a unit, and which: found when it is first asked for.
    pub(super) asked: OnceCell<BTreeMap<UserIx, BTreeSet<UnitIx>>>,
    /// The same, the lowest in rank first.
    pub(super) by_rank: OnceCell<Vec<UserIx>>,
    /// Who of them was tried, and what came of it.
    pub(super) tried: RefCell<BTreeMap<UserIx, Judged>>,
}

impl<'t> Trial<'t> {
    /// A request that takes effect at its instant, or at once where that has come.
    pub(super) fn new(state: &'t State, facts: &'t Facts, request: &'t Request, now: Instant) -> Self {
        let content = &request.content;
        Self {
            state,
            facts,
            content,
            author: request.author.as_ref(),
            now,
            parts: Parts::of(state, content, now),
            rules: rules::applying(state, content, now),
            people: content.people_at(now),
            spares: None,
            asked: OnceCell::new(),
            by_rank: OnceCell::new(),
            tried: RefCell::default(),
        }
    }

    /// The same, to be kept: with what it may have to mail.
    pub(super) fn with_spares(self, spares: &'t Spares) -> Self {
        Self { spares: Some(spares), ..self }
    }

    /// Rules 1, 2, 5, 5b and 6 for one of those who approve together, reach for all of them, and the limits; rule 5 against
    /// what everybody it is about is, and would become.
    pub(super) fn judged(&self, approver: UserIx, together: &[UserIx]) -> Judged<Decided> {
        let by = self.state.world.user_id(approver).ok_or_else(|| Refusal::denied(Reason::UnknownUser))?;
        self.stands(approver)?;
        self.numbers_are_held()?;
        let (after, decided) = self.run(Actor::User(by), together)?;
        self.outranks_what_they_become(&after, approver)?;
        Ok(decided)
    }

    /// What everybody it is about would become, whoever approves it: an operator is asked nothing but the limits.
    fn after(&self) -> Judged<State> {
        // Who is there already is told to nobody by way of a request.
        let run = self.run(Actor::Operator, &[]);
        run.map(|(after, _)| after).map_err(|refusal| Refusal { found: None, ..refusal })
    }

    /// Makes the changes as one who approves them together with others, or as an operator; without effect yet.
    fn run(&self, actor: Actor, together: &[UserIx]) -> Judged<(State, Decided)> {
        let first = self.people.first().cloned();
        let command = Command {
            actor,
            caller: String::new(),
            reason: self.content.note.clone(),
            may_remove_last_manager: false,
            expects: None,
            spares: self.spares.cloned().unwrap_or_default(),
            body: Body::ManageUser(first.ok_or_else(|| Refusal::precondition(Reason::NothingToChange))?),
        };
        let mut draft = Draft::new(self.state, self.facts, &command, self.now);
        draft.approvers = together;
        draft.asked_by = self.author;
        for (index, person) in self.people.iter().enumerate() {
            user::manage(&mut draft, person).map_err(|refusal| refusal.at_person(index))?;
        }
        let after = draft.state.clone();
        self.systems_fit(&after)?;
        Ok((after, close(draft)?))
    }

    /// Whether everybody who is granted a system has the rank for it once they hold what they are to hold.
    fn systems_fit(&self, after: &State) -> Judged {
        let (world, scheme) = (&after.world, &*after.scheme);
        for (of, person) in self.content.people.iter().enumerate() {
            let user = || world.user_ix(person.user.as_str()).and_then(|ix| world.user(ix));
            let rank = || user().and_then(|user| highest(scheme, user, self.now));
            let minimum = |change: &UserChange| {
                // What is there is shortened whatever rank its holder has by now.
                let amends = matches!(change, UserChange::AmendGrant(_));
                let system = rules::granted(change).filter(|_| !amends);
                scheme.system(scheme.system_named(system?)?)?.minimum_rank
            };
            if let Some(index) = person
                .changes
                .iter()
                .position(|change| minimum(change).is_some_and(|least| Some(least) > rank()))
            {
                let refusal = Refusal::precondition(Reason::RankTooLow).at_person(of).at_change(index);
                return Err(refusal.because("the system is for people of a higher rank"));
            }
        }
        Ok(())
    }

    /// Rule 5 and the gap, against what everybody it is about is and would become, for whoever it is that asks.
    fn outranks_what_they_become(&self, after: &State, by: UserIx) -> Judged {
        let (world, scheme) = (&after.world, &*after.scheme);
        let id = world.user_id(by).ok_or_else(|| Refusal::denied(Reason::UnknownUser))?;
        let manager = Manager::find(world, scheme, id.as_str(), self.now).map_err(Refusal::denied)?;
        self.content.subjects().try_for_each(|subject| {
            let other = world.user_ix(subject.as_str()).and_then(|ix| world.user(ix));
            other.map_or(Ok(()), |other| manager.outranks(other).map_err(|low| rank_too_low(&low)))
        })
    }

    /// Rules 1, 2 and 5 for the author, against what everybody it is about is and is given: asked before anything is said of the
    /// places where they are given it.
    pub(super) fn author_stands(&self, author: UserIx) -> Judged {
        let manager = self.manager(author)?;
        self.not_about(author)?;
        self.outranks_what_they_become(self.state, author)?;
        self.outranks_what_they_are_given(&manager)?;
        self.ranks_suffice(&manager, |rule| rule.author)
    }

    /// Rules 1, 2 and 5 for an approver, against what everybody it is about is and is given: asked before any limit, so that whoever
    /// is told of one has passed them.
    fn stands(&self, approver: UserIx) -> Judged {
        let manager = self.manager(approver)?;
        self.not_about(approver)?;
        self.outranks_what_they_become(self.state, approver)?;
        self.ranks_suffice(&manager, |rule| rule.approver)?;
        self.outranks_what_they_are_given(&manager)
    }

    /// Rule 5 and the gap, against the roles that it gives, wherever that is.
    fn outranks_what_they_are_given(&self, manager: &Manager<'_>) -> Judged {
        let scheme = &self.state.scheme;
        let rank = |role: &str| scheme.role_named(role).and_then(|role| scheme.rank(role));
        let suffices = |theirs| manager.lowest().is_some_and(|mine| manager.clears_gap(mine, theirs));
        let enough = Person::all(self.state, self.content, self.now)
            .all(|person| person.roles_given().filter_map(rank).all(suffices));
        if enough { Ok(()) } else { Err(Refusal::denied(Reason::RankTooLow)) }
    }

    /// Refused where nobody could approve it, or where the author, if they are asked, would not stand above what it makes of people.
    pub(super) fn could_be_approved(&self, author: Option<UserIx>) -> Judged {
        self.numbers_are_held()?;
        let after = self.after()?;
        author.map_or(Ok(()), |author| self.outranks_what_they_become(&after, author))?;
        self.somebody_could()
    }

    /// What a request changes of an assignment, it changes of one that is held: a number that is still to be given might be
    /// another's by then.
    fn numbers_are_held(&self) -> Judged {
        for (of, person) in Person::all(self.state, self.content, self.now).enumerate() {
            let held: BTreeSet<u32> = person.held().map(|a| a.number).collect();
            let numbers = person.asked.changes.iter().map(UserChange::assignment);
            if let Some(index) = numbers.into_iter().position(|n| n.is_some_and(|n| !held.contains(&n))) {
                return Err(Refusal::new(Refused::NotFound, Reason::NotHeld).at_person(of).at_change(index));
            }
        }
        Ok(())
    }

    /// Rule 1.
    pub(super) fn manager(&self, user: UserIx) -> Judged<Manager<'_>> {
        let world = &self.state.world;
        let id = world.user_id(user).ok_or_else(|| Refusal::denied(Reason::UnknownUser))?;
        Manager::find(world, &self.state.scheme, id.as_str(), self.now).map_err(Refusal::denied)
    }

    /// Rule 2, for everybody it is about: whoever is in a form approves none of it.
    pub(super) fn not_about(&self, user: UserIx) -> Judged {
        let manager = self.manager(user)?;
        let subjects = self.content.subjects().filter_map(|id| self.state.world.user_ix(id.as_str()));
        subjects.into_iter().try_for_each(|subject| manager.not_self(subject).map_err(Refusal::denied))
    }

    /// Whether somebody's own `request.approve` covers a unit, and the scheme asks no more of who approves there.
    pub(super) fn may_be_asked(&self, approver: &Manager<'_>, unit: UnitIx) -> bool {
        let right = Right::Of(self.state.scheme.core().request_approve);
        let alone = [approver.ix()];
        approver.approving(&alone).covering(right, Level::Manage, unit).is_some()
            && self.rules.iter().all(|rule| {
                let receives = rules::receives(self.state, self.content, rule, unit, self.now);
                let needed = rule.receiving_approver.filter(|_| receives);
                needed.is_none_or(|rank| approver.lowest().is_some_and(|lowest| lowest >= rank))
            })
    }

    fn ranks_suffice(&self, manager: &Manager<'_>, asked: impl Fn(&ChangeRule) -> Option<Rank>) -> Judged {
        let lowest = manager.lowest();
        let short = self.rules.iter().find(|rule| asked(rule).is_some_and(|rank| lowest < Some(rank)));
        match short {
            Some(rule) => Err(Refusal::denied(Reason::RankTooLow).because(rule.title.clone())),
            None => Ok(()),
        }
    }
}

/// The user of an id, where it is somebody.
pub(super) fn user_ix(state: &State, id: &UserId) -> Judged<UserIx> {
    state.world.user_ix(id.as_str()).ok_or_else(|| Refusal::denied(Reason::UnknownUser))
}

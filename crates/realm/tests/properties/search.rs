//! Breadth-first search over everything that the members of a set can do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bailiwick_identity::UserId;
use bailiwick_membership::{CustomerIx, Standing, UserIx};
use bailiwick_policy::scheme::{CapIx, Rank, Resource};
use bailiwick_policy::{Question, Target, check, highest, lowest};
use bailiwick_realm::{Actor, AssignmentSpec, Body, CaseloadChange, OptionsSpec, Patch, State, UserChange};

use crate::realm::{Realm, assign, command, customer_id, manage, step, unit_id, user_id};

/// Something that somebody may do or see: a capability over a resource, with a record class where it has any.
type Access = (CapIx, String, u64);

/// The search: a realm, the set whose members act, and what they try to hand out.
pub(crate) struct Search {
    start: Realm,
    members: Vec<UserId>,
    everybody: Vec<UserId>,
    offers: Vec<AssignmentSpec>,
    others: Vec<Body>,
}

impl Search {
    pub(crate) fn new(start: Realm, members: &[&str]) -> Self {
        let world = &start.state.world;
        let everybody = world.users().filter_map(|(ix, _)| world.user_id(ix)).collect();
        let members = members.iter().map(|m| user_id(m)).collect();
        Self { members, everybody, offers: Vec::new(), others: Vec::new(), start }
    }

    /// Members will try to hand these roles out at a unit, with each of these options.
    pub(crate) fn offer(&mut self, unit: &str, roles: &[&str], options: &[OptionsSpec]) {
        let label = self.start.state.scheme.user_types().first().cloned();
        for role in roles {
            for options in options {
                let mut options = options.clone();
                options.user_type = label.clone().map_or(Patch::Keep, Patch::Set);
                self.offers.push(assign(unit, role, options));
            }
        }
    }

    /// Members will try to give a unit these parents.
    pub(crate) fn may_move(&mut self, unit: &str, parents: &[&str]) {
        let parents = parents.iter().map(|parent| unit_id(parent)).collect();
        self.others.push(Body::MoveUnit { unit: unit_id(unit), parents });
    }

    /// Members will try to archive a unit, and to restore it.
    pub(crate) fn may_archive(&mut self, unit: &str) {
        self.others.extend([Body::ArchiveUnit(unit_id(unit)), Body::RestoreUnit(unit_id(unit))]);
    }

    /// Members will try to place a customer at a unit, to dismiss them and to take them off.
    pub(crate) fn may_place(&mut self, customer: &str, unit: &str) {
        let placed = || (customer_id(customer), unit_id(unit));
        self.others.extend([
            {
                let (customer, unit) = placed();
                Body::PlaceCustomer { customer, unit }
            },
            {
                let (customer, unit) = placed();
                Body::DismissCustomer { customer, unit }
            },
            {
                let (customer, unit) = placed();
                Body::RemovePlacement { customer, unit }
            },
        ]);
    }

    /// Members will try to give a case to a worker, and to take it away.
    pub(crate) fn may_assign_case(&mut self, worker: &str, customer: &str, unit: &str) {
        let (customer, unit) = (customer_id(customer), unit_id(unit));
        let add = CaseloadChange::Add { customer: customer.clone(), unit: unit.clone() };
        for change in [add, CaseloadChange::Remove { customer, unit }] {
            self.others.push(Body::UpdateCaseload { user: user_id(worker), changes: vec![change] });
        }
    }

    /// Visits states, as many as `BAILIWICK_SEARCHED_STATES` says, and judges each.
    pub(crate) fn run(&self) {
        let most = std::env::var("BAILIWICK_SEARCHED_STATES").map_or(800, |most| most.parse().unwrap());
        let ceiling = self.ceiling();
        let initial: BTreeMap<UserId, Option<Rank>> =
            self.everybody.iter().map(|u| (u.clone(), self.highest(&self.start.state, u))).collect();
        let potential = self.potential();
        let initially: BTreeMap<UserId, BTreeSet<Access>> =
            self.everybody.iter().map(|u| (u.clone(), self.access(&self.start.state, u))).collect();
        let mut seen = BTreeSet::from([fingerprint(&self.start.state)]);
        let mut waiting = VecDeque::from([(self.start.state.clone(), 0_u32)]);
        let (mut visited, mut accepted, mut depth) = (0_usize, 0_usize, 0_u32);
        while let Some((state, level)) = waiting.pop_front().filter(|_| visited < most) {
            visited += 1;
            depth = depth.max(level);
            for user in &self.everybody {
                let bound = initial[user].max(ceiling);
                assert!(
                    self.highest(&state, user) <= bound,
                    "{user} rose above {bound:?}: {}",
                    fingerprint(&state)
                );
            }
            for user in &self.everybody {
                let gained: Vec<_> = self
                    .access(&state, user)
                    .into_iter()
                    .filter(|one| !potential.contains(one) && !initially[user].contains(one))
                    .collect();
                assert!(gained.is_empty(), "{user} gained {gained:?}: {}", fingerprint(&state));
            }
            for next in self.successors(&state) {
                accepted += 1;
                if seen.insert(fingerprint(&next)) {
                    waiting.push_back((next, level + 1));
                }
            }
        }
        println!(
            "{visited} states to depth {depth}, {accepted} commands accepted, {} states known",
            seen.len()
        );
        assert!(visited > 20, "only {visited} states were reached: the search proves nothing");
    }

    /// The greatest initial lowest rank in the set.
    fn ceiling(&self) -> Option<Rank> {
        let state = &self.start.state;
        let lowest_of =
            |user: &UserId| lowest(&state.scheme, state.world.user(ix(state, user))?, self.start.now);
        self.members.iter().filter_map(lowest_of).max()
    }

    fn highest(&self, state: &State, user: &UserId) -> Option<Rank> {
        highest(&state.scheme, state.world.user(ix(state, user))?, self.start.now)
    }

    /// What some member could see at the start, or hand out at the start by one command.
    fn potential(&self) -> BTreeSet<Access> {
        let start = &self.start.state;
        let mut potential: BTreeSet<Access> = BTreeSet::new();
        for member in &self.members {
            potential.extend(self.access(start, member));
        }
        for (subject, next) in self.labelled_successors(start) {
            let before = self.access(start, &subject);
            potential.extend(self.access(&next, &subject).difference(&before).cloned());
        }
        potential
    }

    fn successors(&self, state: &State) -> Vec<State> {
        let mut next: Vec<State> =
            self.labelled_successors(state).into_iter().map(|(_, next)| next).collect();
        for member in &self.members {
            for other in &self.others {
                let command = command(Actor::User(member.clone()), other.clone());
                next.extend(step(state, &command, self.start.now));
            }
        }
        next
    }

    /// Every state that one accepted command of a member leads to, with whom it changes.
    fn labelled_successors(&self, state: &State) -> Vec<(UserId, State)> {
        let mut next = Vec::new();
        for member in &self.members {
            for subject in &self.everybody {
                for change in self.changes(state, subject) {
                    let command = command(Actor::User(member.clone()), manage(subject, vec![change]));
                    next.extend(step(state, &command, self.start.now).ok().map(|s| (subject.clone(), s)));
                }
            }
        }
        next
    }

    fn changes(&self, state: &State, subject: &UserId) -> Vec<UserChange> {
        let mut changes: Vec<UserChange> = self.offers.iter().cloned().map(UserChange::Assign).collect();
        let Some(user) = state.world.user(ix(state, subject)) else { return changes };
        for held in user.assignments().filter(|a| a.held(self.start.now)) {
            let number = held.number;
            changes.push(UserChange::End { number, at: None });
            changes.push(UserChange::Suspend { number, from: None, until: None });
            changes.push(UserChange::Reinstate { number });
            let here = |offer: &&AssignmentSpec| state.world.unit_ix(offer.unit.as_str()) == Some(held.unit);
            changes.extend(self.offers.iter().filter(here).map(|offer| UserChange::Amend {
                number,
                role: Some(offer.role.clone()),
                options: offer.options.clone(),
            }));
        }
        changes.extend([UserChange::Disable, UserChange::Enable]);
        changes
    }

    /// Everything that a user may do or see in a state.
    fn access(&self, state: &State, user: &UserId) -> BTreeSet<Access> {
        let (world, scheme) = (&state.world, &*state.scheme);
        let mut allowed = BTreeSet::new();
        let mut ask = |cap: CapIx, target: Target<'_>, name: &str| {
            let question = Question {
                subject: user.as_str(),
                capability: cap,
                resource: target,
                classes: None,
                at: None,
            };
            let answer = check(world, scheme, &question, self.start.now);
            if answer.is_allowed() {
                allowed.insert((cap, name.to_owned(), 0));
                allowed.extend(answer.visible.iter().map(|class| (cap, name.to_owned(), 1 << class)));
            }
        };
        for (cap, capability) in (0_u16..).map(CapIx).zip(scheme.capabilities()) {
            match capability.resource {
                Resource::Unit => {
                    for (_, node) in world.units() {
                        ask(cap, Target::Unit(node.unit.id.as_str()), node.unit.id.as_str());
                    }
                }
                Resource::Customer => {
                    for customer in customers(state).filter_map(|customer| world.customer_id(customer)) {
                        ask(cap, Target::Customer(customer.as_str()), customer.as_str());
                    }
                }
                Resource::User => {
                    for other in self.everybody.iter().filter(|other| *other != user) {
                        ask(cap, Target::User(other.as_str()), other.as_str());
                    }
                }
                Resource::System => {}
            }
        }
        allowed
    }
}

fn customers(state: &State) -> impl Iterator<Item = CustomerIx> {
    let count = u32::try_from(state.world.customer_count()).unwrap_or(u32::MAX);
    (0..count).map(CustomerIx)
}

fn ix(state: &State, user: &UserId) -> UserIx {
    state.world.user_ix(user.as_str()).unwrap_or(UserIx(u32::MAX))
}

/// What makes two states the same for the search: who holds what, however it came about.
fn fingerprint(state: &State) -> String {
    let mut text = String::new();
    for (_, node) in state.world.units() {
        text.push_str(&format!("{}{:?}{}", node.unit.id, node.unit.parents, node.unit.archived));
    }
    for (user, record) in state.world.users() {
        let access = record.access();
        let standing = if access.standing == Standing::Active { "on" } else { "off" };
        let mut held: Vec<String> = access
            .assignments
            .iter()
            .filter(|a| a.options.ends_at.is_none())
            .map(|a| {
                let role = state.scheme.role(a.role).map_or("?", |r| &r.name);
                let unit = state.world.node(a.unit).map_or("?", |n| n.unit.id.as_str());
                format!(
                    "{role}@{unit}{:?}{:?}{:?}{:?}",
                    a.options.scope, a.options.user_management, a.options.state, a.options.caseload
                )
            })
            .collect();
        held.sort();
        text.push_str(&format!("{user:?} {standing} {held:?} {:?}; ", record.caseload()));
    }
    for customer in customers(state) {
        let placed: Vec<_> = state.world.placements(customer).collect();
        text.push_str(&format!("{customer:?} {placed:?}; "));
    }
    text
}

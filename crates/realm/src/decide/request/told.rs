//! Who is told by mail of what happens to a request: those for whom it begins to wait, and its author when it is over.

use std::collections::BTreeSet;
use std::time::Duration;

use bailiwick_identity::{Field, Instant, Profile, UserId};
use bailiwick_membership::UserIx;

use super::timing::after;
use super::{Parts, Sitting, Trial};
use crate::command::UserChange;
use crate::decide::running::Running;
use crate::event::{Message, Notice};
use crate::request::{Request, Stage};
use crate::state::State;

/// So many are told that a part of a request waits for them, where none of those who may approve it is a line manager.
const MOST_OF_A_PART: usize = 2;
/// So many are told of one command: it is said of requests one by one where more wait.
pub(in crate::decide) const MOST_TOLD: usize = 1_000;
/// What was decided is of use for so long.
const OF_USE: Duration = Duration::from_secs(30 * 86_400);

impl Sitting<'_> {
    /// The line managers of those it is about, as far as they may approve a part that nobody has approved; else the lowest in rank
    /// of those who may.
    pub(super) fn tell_approvers(&self, request: &Request, trial: &Trial<'_>, open: &Parts) -> Vec<Message> {
        let Stage::Submitted { expires_at } = request.stage else { return Vec::new() };
        let Running { state, facts, .. } = &self.running;
        let managers = line_managers(state, request, |user| Some(&facts.people.get(user)?.profile));
        let at_units = open.units.iter().map(|&unit| trial.nearest(unit, &managers, MOST_OF_A_PART));
        let systems = open.systems.iter();
        let for_systems = systems.map(|&system| trial.nearest_for(system, &managers, MOST_OF_A_PART));
        let told: BTreeSet<UserIx> = at_units.chain(for_systems).flatten().collect();
        let room = MOST_TOLD.saturating_sub(self.running.messages());
        let users = told.into_iter().filter_map(|user| self.running.state.world.user_id(user));
        let notice = || Notice::ToApprove(request.id.clone());
        users.map(|user| Message { user, notice: notice(), expires_at }).take(room).collect()
    }

    /// The author of what is over, unless they did it themselves.
    pub(super) fn tell_author(&self, request: &Request) -> Option<Message> {
        let is_told = request.stage.is_over() && request.stage != Stage::Withdrawn;
        let is_told = is_told && request.author.as_ref() != self.actor();
        let has_room = self.running.messages() < MOST_TOLD;
        to_author(request, self.now()).filter(|_| is_told && has_room)
    }
}

/// That a request is over, to its author.
pub(in crate::decide) fn to_author(request: &Request, now: Instant) -> Option<Message> {
    let notice = Notice::Decided(request.id.clone());
    let message = |user| Message { user, notice, expires_at: after(now, OF_USE) };
    request.author.clone().map(message)
}

/// The line managers of those whom a request is about: as their profiles have them, or as those who are to be made are to have.
#[must_use]
pub fn line_managers<'p>(
    state: &State,
    request: &'p Request,
    profile: impl Fn(&UserId) -> Option<&'p Profile>,
) -> BTreeSet<UserIx> {
    let known = request.content.subjects().filter_map(profile);
    let known = known.filter_map(|profile| profile.get(Field::LineManager));
    let changes = request.content.people.iter().flat_map(|person| &person.changes);
    let new = changes.filter_map(|change| {
        let UserChange::Create(new) = change else { return None };
        new.fields.get(&Field::LineManager).map(String::as_str)
    });
    known.chain(new).filter_map(|id| state.world.user_ix(id)).collect()
}

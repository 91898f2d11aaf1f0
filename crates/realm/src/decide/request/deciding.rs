//! Deciding, carrying out, and what is due: how a request takes effect, or does not.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::scheme::{Compulsory, Desk};
use bailiwick_policy::{Reason, effective};

use super::approvers::indices;
use super::kinds;
use super::rules;
use super::timing::after;
use super::trial::{Trial, user_ix};
use super::{Sitting, at_another_stage};
use crate::decide::Judged;
use crate::decide::running::Running;
use crate::facts::Facts;
use crate::refusal::{Refusal, Refused};
use crate::request::{Approval, Happened, ReadRequest, Request, Stage, WaitsFor};
use crate::state::State;

impl Sitting<'_> {
    pub(super) fn approve(&mut self, read: &ReadRequest) -> Judged {
        let (mut request, by) = self.waiting(read)?;
        let (state, facts, now) = (self.running.state.clone(), self.running.facts.clone(), self.now());
        let asked = request.clone();
        let trial = Trial::new(&state, &facts, &asked, now);
        trial.not_about(by)?;
        trial.may_approve(by)?;
        let Some(id) = self.actor() else { return Err(Refusal::denied(Reason::NotAuthor)) };
        let approved = indices(&state.world, request.approvals.iter().map(|approval| &approval.by));
        if !approved.contains(&by) {
            request.approvals.push(Approval { by: id.clone(), at: now, content: read.digest });
        } else if !trial.still_wanted(&approved).is_empty() {
            // Where what it waited for is gone by now, they say so once more, and it goes on.
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        self.note(&mut request, Happened::Approved, Some(id), self.command.reason.clone());
        self.settle(request, &trial)
    }

    pub(super) fn reject(&mut self, read: &ReadRequest) -> Judged {
        let (mut request, by) = self.waiting(read)?;
        let (state, now) = (self.running.state.clone(), self.now());
        let asked = request.clone();
        // That an address or a place is taken by now is in the way of approving it, and not of rejecting it.
        let facts = Facts::not_asked();
        let trial = Trial::new(&state, &facts, &asked, now);
        if !trial.may_decide(by) {
            trial.not_about(by)?;
            trial.may_approve(by)?;
        }
        let why = self.command.reason.clone().filter(|why| !why.trim().is_empty());
        if why.is_none() && rules::rules(&state)?.rejection_reason == Compulsory::Yes {
            return Err(Refusal::new(Refused::Invalid, Reason::ReasonRequired).at_field("reason"));
        }
        request.stage = Stage::Rejected;
        self.note(&mut request, Happened::Rejected, self.actor(), why);
        self.keep(request);
        Ok(())
    }

    /// A request that waits for its approvers, and the actor, who decides: no operator does.
    fn waiting(&self, read: &ReadRequest) -> Judged<(Request, UserIx)> {
        let actor = self.actor().ok_or_else(|| Refusal::denied(Reason::ActorRequired))?;
        let request = self.find(read)?;
        if request.stage == Stage::Draft || !request.stage.is_undecided(self.now()) {
            return Err(at_another_stage("it does not wait for its approvers"));
        }
        Ok((request, user_ix(&self.running.state, actor)?))
    }

    /// What becomes of a submitted request by the approvals that it has.
    pub(super) fn settle(&mut self, mut request: Request, trial: &Trial<'_>) -> Judged {
        let world = &self.running.state.world;
        let approved = indices(world, request.approvals.iter().map(|approval| &approval.by));
        // Whoever approved it and may not any more has not approved it, and nobody takes that for another's word.
        if let Err(fallen) = approved.iter().try_for_each(|&user| trial.may_approve(user)) {
            return self.fail(request, &fallen);
        }
        let wanted = trial.still_wanted(&approved);
        if !wanted.is_empty() {
            request.waits_for = wanted.named(&self.running.state);
            // Whoever is told is told once: when it begins to wait.
            let before = self.running.facts.requests.get(&request.id);
            let messages = match before.is_some_and(|before| before.stage == Stage::Draft) {
                true => self.tell_approvers(&request, trial, &wanted),
                false => Vec::new(),
            };
            self.keep_telling(request, messages);
            return Ok(());
        }
        let now = self.now();
        let effect_at = request.content.effect_at(now);
        let desks = rules::desks(&self.running.state, &request.content);
        if desks.is_empty() && effect_at == now {
            return self.take_effect(request);
        }
        // What fails today is told today.
        if let Err(refusal) = trial.approved_by(&approved) {
            return self.fail(request, &refusal);
        }
        request.stage = self.approved_for(&desks, effect_at);
        request.waits_for = WaitsFor { desks, ..WaitsFor::default() };
        self.keep(request);
        Ok(())
    }

    /// Carries out what was approved, judged again; or says why not.
    fn take_effect(&mut self, mut request: Request) -> Judged {
        let (state, facts, now) = (self.running.state.clone(), self.running.facts.clone(), self.now());
        let asked = request.clone();
        let trial = Trial::new(&state, &facts, &asked, now).with_spares(&self.command.spares);
        let approved = indices(&state.world, request.approvals.iter().map(|approval| &approval.by));
        let gone = approved.len() < request.approvals.len();
        let judged = match gone {
            true => Err(Refusal::denied(Reason::UnknownUser)),
            false => {
                kinds::kind_fits(&state, &asked.content, now).and_then(|()| trial.approved_by(&approved))
            }
        };
        match judged {
            Ok(decided) => self.running.keep(decided),
            Err(refusal) => return self.fail(request, &refusal),
        }
        request.stage = Stage::Fulfilled;
        self.note(&mut request, Happened::Fulfilled, None, None);
        self.keep(request);
        Ok(())
    }

    fn fail(&mut self, mut request: Request, refusal: &Refusal) -> Judged {
        request.stage = Stage::Failed(refusal.reason);
        self.note(&mut request, Happened::Failed, None, Some(refusal.to_string()));
        self.keep(request);
        Ok(())
    }

    pub(super) fn carry_out(&mut self, read: &ReadRequest) -> Judged {
        let mut request = self.find(read)?;
        let Stage::Approved { effect_at, due_at: Some(_) } = request.stage else {
            return Err(at_another_stage("it does not wait for who carries it out"));
        };
        if effect_at > self.now() {
            return Err(Refusal::precondition(Reason::NotDue).because("its instant has not come"));
        }
        let desks = rules::desks(&self.running.state, &request.content);
        let open = || desks.iter().filter(|desk| !request.carried_out.contains_key(*desk));
        let mine: Vec<String> = open().filter(|desk| self.serves(desk, &request)).cloned().collect();
        // Where the rules have no desk for it any more, an operator lets it go on.
        let nobodys = open().next().is_none() && self.actor().is_none();
        if mine.is_empty() && !nobodys {
            return Err(Refusal::denied(Reason::OutOfReach).because("another desk carries it out"));
        }
        if let Some(actor) = self.actor() {
            let Running { state, facts, now, .. } = &self.running;
            Trial::new(state, facts, &request, *now).not_about(user_ix(state, actor)?)?;
        }
        for desk in mine {
            request.waits_for.desks.remove(&desk);
            request.carried_out.insert(desk, self.actor().cloned());
        }
        self.note(&mut request, Happened::CarriedOut, self.actor(), self.command.reason.clone());
        if desks.iter().all(|desk| request.carried_out.contains_key(desk)) {
            return self.take_effect(request);
        }
        self.keep(request);
        Ok(())
    }

    /// Whether the actor serves at a desk, where a request touches something; an operator does at every one.
    fn serves(&self, desk: &str, request: &Request) -> bool {
        let state = &self.running.state;
        let Some(actor) = self.actor() else { return true };
        let Some(desk) = state.scheme.desk_named(desk) else { return false };
        let Some(user) = state.world.user_ix(actor.as_str()) else { return false };
        let touched = super::Parts::of(state, &request.content, self.now()).units;
        serves_at(state, desk, user, &touched, self.now())
    }

    pub(super) fn due(&mut self, read: &ReadRequest) -> Judged {
        let mut request = self.find(read)?;
        if request.stage.due().is_none_or(|due| due > self.now()) {
            return Err(Refusal::precondition(Reason::NotDue));
        }
        if let Stage::Submitted { .. } = request.stage {
            request.stage = Stage::Expired;
            self.note(&mut request, Happened::Expired, None, None);
            self.keep(request);
            return Ok(());
        }
        let desks = rules::desks(&self.running.state, &request.content);
        if desks.is_empty() {
            return self.take_effect(request);
        }
        // By the rules of today somebody carries it out.
        let now = self.now();
        request.stage = self.approved_for(&desks, now);
        request.waits_for = WaitsFor { desks, ..WaitsFor::default() };
        self.keep(request);
        Ok(())
    }

    /// What is approved, from an instant on, for these desks to carry out.
    fn approved_for(&self, desks: &BTreeSet<String>, effect_at: Instant) -> Stage {
        let within = desks.iter().filter_map(|desk| self.running.state.scheme.desk_named(desk));
        Stage::Approved { effect_at, due_at: within.map(|desk| after(effect_at, desk.within)).min() }
    }
}

/// Whether somebody holds one of a desk's roles with effect, covering every one of these units.
pub(super) fn serves_at(
    state: &State,
    desk: &Desk,
    user: UserIx,
    units: &BTreeSet<UnitIx>,
    now: Instant,
) -> bool {
    let world = &state.world;
    let Some(user) = world.user(user) else { return false };
    let at_desk = |a: &bailiwick_membership::AssignmentRef<'_>| {
        desk.roles.contains(&a.role) && effective(world, user, a, now)
    };
    let held: Vec<_> = user.assignments().filter(at_desk).collect();
    !held.is_empty() && units.iter().all(|&unit| held.iter().any(|a| a.covers(world, unit)))
}

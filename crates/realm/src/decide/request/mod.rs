//! Requests: changes that wait for their approvers.
//!
//! Whoever completes one is its author; each unit that it touches needs an approver ([`Parts`]), found by the rule that decides
//! ([`approvers`]): the changes are judged with the approvers as actors ([`trial`]). Standing is judged again when it takes
//! effect. Whoever does not see a request is answered as if there were none ([`sight`]).

mod approvers;
mod authoring;
mod beyond;
mod deciding;
mod kinds;
mod lists;
mod moves;
mod parts;
mod person;
mod rules;
mod sight;
mod timing;
mod told;
mod trial;

use bailiwick_identity::{Instant, UserId};
use bailiwick_policy::Reason;

pub use approvers::Approvers;
pub use authoring::{MOST_PEOPLE, MOST_TOGETHER};
pub use lists::{ApproverReach, awaits_approval_of, awaits_desk_of, desks_of};
pub use parts::Parts;
pub use sight::{Waiting, may_read, reads_own_part, waiting};
pub use told::line_managers;
pub(super) use told::{MOST_TOLD, to_author};

use self::trial::Trial;
use super::running::Running;
use super::{Decided, Judged};
use crate::command::{Actor, Command};
use crate::event::{Event, Message};
use crate::facts::Facts;
use crate::refusal::{Refusal, Refused};
use crate::request::{Happened, ReadRequest, Request, RequestCommand, Step, Verdict, WaitsFor};
use crate::state::State;

/// A command about requests, as far as it has been worked through.
struct Sitting<'c> {
    running: Running,
    command: &'c Command,
}

pub(super) fn decide(
    state: &State,
    facts: &Facts,
    command: &Command,
    what: &RequestCommand,
    now: Instant,
) -> Judged<Decided> {
    let mut sitting = Sitting { running: Running::new(state, facts, now), command };
    match what {
        RequestCommand::Create { id, copy_of, content } => sitting.create(id, copy_of.as_ref(), content)?,
        RequestCommand::Update { request, content } => sitting.update(request, content)?,
        RequestCommand::Submit(requests) => sitting.submit(requests)?,
        RequestCommand::Withdraw(request) => sitting.withdraw(request)?,
        RequestCommand::Decide { request, verdict: Verdict::Approve } => sitting.approve(request)?,
        RequestCommand::Decide { request, verdict: Verdict::Reject } => sitting.reject(request)?,
        RequestCommand::CarryOut(request) => sitting.carry_out(request)?,
        RequestCommand::Due(request) => sitting.due(request)?,
    }
    Ok(sitting.running.finish())
}

impl<'c> Sitting<'c> {
    fn now(&self) -> Instant {
        self.running.now
    }

    /// On whose behalf; an operator's own otherwise.
    fn actor(&self) -> Option<&'c UserId> {
        match &self.command.actor {
            Actor::Operator => None,
            Actor::User(user) => Some(user),
        }
    }

    /// The request as it stands, where the actor sees it and it still asks for what was read.
    fn find(&self, read: &ReadRequest) -> Judged<Request> {
        let unknown = || Refusal::new(Refused::NotFound, Reason::UnknownRequest);
        let Running { state, facts, now, .. } = &self.running;
        if let Some(actor) = self.actor() {
            bailiwick_policy::manage::Actor::find(&state.world, &state.scheme, actor.as_str(), *now)
                .map_err(Refusal::denied)?;
        }
        let request = facts.requests.get(&read.id).ok_or_else(unknown)?;
        if self.actor().is_some_and(|actor| !may_read(state, request, actor, *now)) {
            return Err(unknown());
        }
        let is_another = read.expects.is_some_and(|digest| digest != read.digest);
        if request.content != read.content || is_another {
            return Err(Refusal::new(Refused::Conflict, Reason::EtagMismatch));
        }
        Ok(request.clone())
    }

    /// Notes what happened to a request.
    fn note(&self, request: &mut Request, what: Happened, by: Option<&UserId>, why: Option<String>) {
        let revision = self.running.state.revision.next();
        let why = why.filter(|why| !why.trim().is_empty());
        request.steps.push(Step { what, by: by.cloned(), at: self.now(), revision, why });
    }

    /// Keeps a request as it is now. What is over waits for nothing.
    fn keep(&mut self, mut request: Request) {
        if request.stage.is_over() {
            request.waits_for = WaitsFor::default();
        }
        let messages = self.tell_author(&request).into_iter().collect();
        self.keep_telling(request, messages);
    }

    fn keep_telling(&mut self, request: Request, messages: Vec<Message>) {
        let event = Event::Request(Box::new(request));
        self.running.keep(Decided { events: vec![event], messages, ..Decided::default() });
    }
}

/// A request is not where this is done to it.
fn at_another_stage(why: &str) -> Refusal {
    Refusal::precondition(Reason::RequestStage).because(why)
}

//! Drafting, submitting and withdrawing: what an author does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bailiwick_identity::{Field, RequestId, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor as Manager, Level, Other, Right};

use super::approvers::covers;
use super::kinds;
use super::person::{Person, known};
use super::rules;
use super::sight::may_read;
use super::timing::after;
use super::trial::{Trial, user_ix};
use super::{Sitting, at_another_stage};
use crate::command::{ManageUser, NewUser, UserChange};
use crate::decide::running::Running;
use crate::decide::user::good_handles;
use crate::decide::{Judged, MAX_CHANGES, no_national_identifier};
use crate::refusal::{Refusal, Refused};
use crate::request::{Approval, Content, Happened, ReadRequest, Request, Stage, WaitsFor};
use crate::state::State;

/// What is asked for lasts so long at least, and at most.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(100 * 366 * 86_400);
/// So many requests are submitted together.
pub const MOST_TOGETHER: usize = 100;
/// So many people are in one form: each is judged for each of those who may approve it.
pub const MOST_PEOPLE: usize = 100;

impl Sitting<'_> {
    pub(super) fn create(
        &mut self,
        id: &RequestId,
        copy_of: Option<&ReadRequest>,
        content: &Content,
    ) -> Judged {
        let found = copy_of.map(|copied| self.may_copy(copied)).transpose()?.unwrap_or_default();
        let found = self.may_draft(content, &found)?;
        no_national_identifier(id.as_str(), "request")?;
        if self.running.facts.requests.contains_key(id) {
            return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
        }
        let mut request = Request {
            id: id.clone(),
            author: self.actor().cloned(),
            copy_of: copy_of.map(|copied| copied.id.clone()),
            content: without_handles(content),
            found,
            stage: Stage::Draft,
            approvals: Vec::new(),
            carried_out: BTreeMap::new(),
            waits_for: WaitsFor::default(),
            steps: Vec::new(),
        };
        self.note(&mut request, Happened::Drafted, self.actor(), self.command.reason.clone());
        self.keep_with_handles(request, content);
        Ok(())
    }

    pub(super) fn update(&mut self, read: &ReadRequest, content: &Content) -> Judged {
        let mut request = self.own(read)?;
        if request.stage != Stage::Draft {
            return Err(at_another_stage("a submitted request is never edited: withdraw it, or copy it"));
        }
        let found = self.may_draft(content, &request.found)?;
        // What was written of somebody is found, and erased, by whom the request is about.
        if request.content.subjects().any(|before| content.subjects().all(|subject| subject != before)) {
            let refusal = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field("people");
            return Err(refusal.because("whom a draft is about stays in it: draft another one"));
        }
        request.found = found;
        request.content = without_handles(content);
        // However often a draft is changed, it is told once.
        if request.steps.last().is_some_and(|step| step.what == Happened::Edited) {
            request.steps.pop();
        }
        self.note(&mut request, Happened::Edited, self.actor(), self.command.reason.clone());
        self.keep_with_handles(request, content);
        Ok(())
    }

    pub(super) fn submit(&mut self, requests: &[ReadRequest]) -> Judged {
        if requests.is_empty() || requests.len() > MOST_TOGETHER {
            let refusal = Refusal::new(Refused::Invalid, Reason::TooMany).at_field("requests");
            return Err(refusal.because(format!("1 to {MOST_TOGETHER} requests are submitted together")));
        }
        let different: BTreeSet<&RequestId> = requests.iter().map(|read| &read.id).collect();
        if different.len() < requests.len() {
            let refusal = Refusal::new(Refused::Invalid, Reason::AlreadyExists).at_field("requests");
            return Err(refusal.because("each is named once"));
        }
        let place = |index: usize, refusal: Refusal| {
            let place = format!("requests[{index}]");
            let field = refusal.field.as_ref().map_or_else(|| place.clone(), |f| format!("{place}.{f}"));
            refusal.at_field(field)
        };
        let mut changes = 0;
        for (index, read) in requests.iter().enumerate() {
            let request = self.own(read).map_err(|refusal| place(index, refusal))?;
            changes += request.content.people.iter().map(|one| one.changes.len()).sum::<usize>();
        }
        if changes > MAX_CHANGES {
            let refusal = Refusal::new(Refused::Invalid, Reason::TooMany).at_field("requests");
            return Err(refusal.because(format!("at most {MAX_CHANGES} changes together")));
        }
        let before = self.running.state.clone();
        for (index, read) in requests.iter().enumerate() {
            self.submit_one(read).map_err(|refusal| place(index, refusal))?;
        }
        // Asked of who may submit each of them.
        rules::moves_are_whole(&before, requests, self.now())
    }

    fn submit_one(&mut self, read: &ReadRequest) -> Judged {
        let mut request = self.own(read)?;
        if request.stage != Stage::Draft {
            return Err(at_another_stage("it was submitted before"));
        }
        self.may_draft(&request.content, &request.found)?;
        let (state, now) = (self.running.state.clone(), self.now());
        let facts = self.running.facts.clone();
        let asked = request.clone();
        let content = &asked.content;
        let trial = Trial::new(&state, &facts, &asked, now);
        let author = self.actor().map(|author| user_ix(&state, author)).transpose()?;
        let asks_for_self = is_for_oneself(self.actor(), content);
        // Who asks for themselves is asked for nothing but being somebody.
        let stands = author.filter(|_| !asks_for_self);
        if let Some(author) = stands {
            submits_somewhere(&trial, author)?;
            trial.author_stands(author)?;
        }
        let told = |refusal| match author {
            Some(author) => trial.as_told_to(author, refusal),
            None => refusal,
        };
        kinds::kind_fits(&state, content, now).map_err(told)?;
        rules::is_complete(&state, content, now)?;
        trial.could_be_approved(stands).map_err(told)?;
        let allowed = rules::rules(&state)?.time_allowed;
        request.stage = Stage::Submitted { expires_at: after(now, allowed) };
        self.note(&mut request, Happened::Submitted, self.actor(), self.command.reason.clone());
        if let (Some(ix), Some(id), false) = (author, self.actor(), asks_for_self)
            && trial.may_approve(ix).is_ok()
        {
            request.approvals.push(Approval { by: id.clone(), at: now, content: read.digest });
            self.note(&mut request, Happened::Approved, Some(id), None);
        }
        self.settle(request, &trial)
    }

    pub(super) fn withdraw(&mut self, read: &ReadRequest) -> Judged {
        let mut request = match self.actor() {
            Some(_) => self.own(read)?,
            None => self.find(read)?,
        };
        if !request.stage.is_undecided(self.now()) {
            return Err(at_another_stage("only what is not decided is taken back"));
        }
        request.stage = Stage::Withdrawn;
        self.note(&mut request, Happened::Withdrawn, self.actor(), self.command.reason.clone());
        self.keep(request);
        Ok(())
    }

    /// A request of the actor's own: by whoever sees it, it is known that there is one.
    fn own(&self, read: &ReadRequest) -> Judged<Request> {
        let request = self.find(read)?;
        if request.author.as_ref() == self.actor() {
            Ok(request)
        } else {
            Err(Refusal::denied(Reason::NotAuthor))
        }
    }

    /// Whether the actor may draft this: they may submit something somewhere, and see everybody it is about or have found
    /// them. Yields whom they have found without seeing them.
    fn may_draft(&self, content: &Content, found: &BTreeSet<UserId>) -> Judged<BTreeSet<UserId>> {
        let state = &self.running.state;
        let manager = self.actor().map(|actor| {
            Manager::find(&state.world, &state.scheme, actor.as_str(), self.now()).map_err(Refusal::denied)
        });
        let manager = manager.transpose()?;
        has_form(state, content)?;
        if is_for_oneself(self.actor(), content) {
            let allowed = rules::rules(state)?.self_request.contains(&content.kind);
            return if allowed { Ok(BTreeSet::new()) } else { Err(Refusal::denied(Reason::SelfManagement)) };
        }
        let Some(manager) = manager else { return Err(Refusal::denied(Reason::NotAuthor)) };
        let right = Right::Of(state.scheme.core().request_submit);
        if manager.passing(right, Level::Manage).next().is_none() {
            return Err(Refusal::denied(Reason::NoManagementRight));
        }
        let mut unseen = BTreeSet::new();
        for person in &content.people {
            let creates = person.changes.iter().find_map(|change| {
                let UserChange::Create(new) = change else { return None };
                Some(new)
            });
            match creates {
                // Who is there is not made again: nothing is told of them.
                Some(_) if state.world.user_ix(person.user.as_str()).is_some() => {
                    return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
                }
                Some(new) => may_introduce(&manager, state, new)?,
                None if self.is_seen(&manager, person) => {}
                None if self.is_found(person, found) => drop(unseen.insert(person.user.clone())),
                None => return Err(Refusal::denied(Reason::UnknownUser)),
            }
        }
        Ok(unseen)
    }

    /// Whether the actor sees somebody, or is them.
    fn is_seen(&self, manager: &Manager<'_>, person: &ManageUser) -> bool {
        let world = &self.running.state.world;
        let ix = world.user_ix(person.user.as_str());
        let other = ix.and_then(|ix| Other::as_held(world, ix));
        other.is_some_and(|other| manager.not_self(other.ix).is_err() || manager.may_see(Some(other)).is_ok())
    }

    /// Whether the actor has found somebody, now or when the draft was made. Whoever was erased since is nobody.
    fn is_found(&self, person: &ManageUser, before: &BTreeSet<UserId>) -> bool {
        let mut good = good_handles(self.command, &self.running.facts, person, self.now());
        known(&self.running.state, &person.user).is_some()
            && (before.contains(&person.user) || good.next().is_some())
    }

    /// Whoever copies a request sees it. Yields whom they found for it, where it is their own.
    fn may_copy(&self, copied: &ReadRequest) -> Judged<BTreeSet<UserId>> {
        let Running { state, facts, now, .. } = &self.running;
        if let Some(actor) = self.actor() {
            Manager::find(&state.world, &state.scheme, actor.as_str(), *now).map_err(Refusal::denied)?;
        }
        let request = facts.requests.get(&copied.id);
        let sees =
            |request: &&Request| self.actor().is_none_or(|actor| may_read(state, request, actor, *now));
        let unknown = || Refusal::new(Refused::NotFound, Reason::UnknownRequest).at_field("copy_of");
        let request = request.filter(sees).ok_or_else(unknown)?;
        // What is copied is what may be seen now.
        if request.content != copied.content {
            return Err(Refusal::new(Refused::Conflict, Reason::EtagMismatch));
        }
        let is_own = request.author.as_ref() == self.actor();
        Ok(if is_own { request.found.clone() } else { BTreeSet::new() })
    }

    /// Keeps a draft, and uses up the handles by which those it is about were found.
    fn keep_with_handles(&mut self, request: Request, content: &Content) {
        let (command, now) = (self.command, self.now());
        let handles = content.people.iter().flat_map(|person| {
            let good = good_handles(command, &self.running.facts, person, now);
            good.map(|handle| (handle.id, handle.expires_at)).collect::<Vec<_>>()
        });
        let used_handles = handles.collect();
        let event = crate::event::Event::Request(Box::new(request));
        self.running.keep(crate::decide::Decided {
            events: vec![event],
            used_handles,
            ..crate::decide::Decided::default()
        });
    }
}

/// Who asks for somebody new could make them, or add somebody, somewhere; and names as their line manager whom they see.
fn may_introduce(manager: &Manager<'_>, state: &State, new: &NewUser) -> Judged {
    if !manager.may_look_for_people() {
        return Err(Refusal::denied(Reason::NoManagementRight));
    }
    let Some(named) = new.fields.get(&Field::LineManager) else { return Ok(()) };
    let named = state.world.user_ix(named).and_then(|ix| Other::as_held(&state.world, ix));
    if named.is_some_and(|other| other.ix == manager.ix() || manager.may_see(Some(other)).is_ok()) {
        return Ok(());
    }
    Err(Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field(Field::LineManager.name()))
}

/// Proofs are used up by the draft and not kept with it.
fn without_handles(content: &Content) -> Content {
    let mut content = content.clone();
    for person in &mut content.people {
        person.handles.clear();
        person.etag = None;
    }
    content
}

/// Whether a request is about whoever asks: a user, or somebody who is none yet and asks through a calling program.
fn is_for_oneself(actor: Option<&UserId>, content: &Content) -> bool {
    let [person] = content.people.as_slice() else { return false };
    match actor {
        Some(actor) => person.user == *actor,
        None => matches!(person.changes.first(), Some(UserChange::Create(_))),
    }
}

/// Whether a draft could be a request at all: of a kind that the scheme has, about at least one person, each named once, with
/// changes that are made by requests of that kind, and names that the scheme knows.
fn has_form(state: &State, content: &Content) -> Judged {
    let rules = rules::rules(state)?;
    if !rules.kinds.contains(&content.kind) {
        return Err(
            Refusal::precondition(Reason::NoRequests).because("the scheme has no requests of this kind")
        );
    }
    let changes: usize = content.people.iter().map(|person| person.changes.len()).sum();
    let each_has_some = content.people.iter().all(|person| !person.changes.is_empty());
    if content.people.is_empty() || !each_has_some || changes > MAX_CHANGES {
        let refusal = Refusal::new(Refused::Invalid, Reason::TooMany).at_field("people");
        return Err(refusal.because(format!("1 to {MAX_CHANGES} changes, at least one of each person named")));
    }
    if content.people.len() > MOST_PEOPLE {
        let refusal = Refusal::new(Refused::Invalid, Reason::TooMany).at_field("people");
        return Err(refusal.because(format!("a form is for at most {MOST_PEOPLE} people")));
    }
    let different: BTreeSet<&UserId> = content.subjects().collect();
    if different.len() < content.people.len() {
        let refusal = Refusal::new(Refused::Invalid, Reason::AlreadyExists).at_field("people");
        return Err(refusal.because("each person is named once"));
    }
    if content.lasts.is_some_and(|lasts| !(SHORTEST..=LONGEST).contains(&lasts)) {
        return Err(Refusal::new(Refused::Invalid, Reason::BadInterval).at_field("lasts"));
    }
    content.subjects().try_for_each(|subject| no_national_identifier(subject.as_str(), "people.user"))?;
    kinds::changes_belong(content)?;
    rules::names_are_known(state, content)
}

/// Whether the author of a draft is told who may approve it: they stand so that they may submit it, for others than themselves.
pub(super) fn may_be_told(trial: &Trial<'_>, request: &Request) -> bool {
    let Some(author) = request.author.as_ref() else {
        return is_for_oneself(None, &request.content);
    };
    // Nobody stands above themselves: who asks for themselves could ask for anything anywhere, to read who manages there.
    let stands = |author| submits_somewhere(trial, author).and_then(|()| trial.author_stands(author));
    user_ix(trial.state, author).and_then(stands).is_ok()
}

/// `request.submit` covers, of everybody a request is about, a unit that they hold or are asked to hold.
fn submits_somewhere(trial: &Trial<'_>, author: bailiwick_membership::UserIx) -> Judged {
    let manager = trial.manager(author)?;
    let cap = trial.state.scheme.core().request_submit;
    if manager.passing(Right::Of(cap), Level::Manage).next().is_none() {
        return Err(Refusal::denied(Reason::NoManagementRight));
    }
    for person in Person::all(trial.state, trial.content, trial.now) {
        if !person.held_or_asked().into_iter().any(|unit| covers(&manager, cap, unit)) {
            return Err(Refusal::denied(Reason::OutOfReach));
        }
    }
    Ok(())
}

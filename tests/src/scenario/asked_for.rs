//! Requests in scenarios: what somebody asks for, and what others do about it.
//!
//! ```toml
//! [[case]]
//! name = "a team leader asks for a caseworker"
//! actor = "tl"                            # the author; without: a calling program, for somebody who is no user yet
//! request = "set_up"
//! about = ["free: assign caseworker at p2"]   # a person and a change of theirs; several, in order
//! fields = { further-information = "…" }
//! unconfirmed = ["criteria-met"]          # what the author does not confirm; everything else is
//! unexplained = true                      # no reason is given
//! wanted = "now+2d"
//! lasts = "now+10d"                       # so long as from now until then
//! expect = "approved"                     # where it stands once it is submitted; or `refused:REASON`
//! approvers = ["sm", "dm"]                # who may approve a part of it, no others
//! due = "now+3d"                          # until when the desk has time
//!
//! [[case]]
//! name = "the desk carries it out"
//! continue = true
//! actor = "desk"
//! decide = "carry out"                    # `approve`, `reject`, `withdraw`, `carry out`, `due`
//! at = "now+3d"
//! expect = "fulfilled"
//! then = ["free customer.view customers/c1: allowed"]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bailiwick_identity::{Instant, RequestId};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Actor, Body, Command, Content, ManageUser, ReadRequest, RequestCommand, Spares, Stage, State, Verdict,
    waiting,
};

use super::change::{Changing, user_id};
use super::moment;
use super::question::{Asked, Expected};
use super::realm::{Failed, Realm};
use crate::reading::Fields;

const KINDS: [(&str, RequestKind); 5] = [
    ("set_up", RequestKind::SetUp),
    ("amend", RequestKind::Amend),
    ("remove", RequestKind::Remove),
    ("suspend", RequestKind::Suspend),
    ("reinstate", RequestKind::Reinstate),
];

/// Where a request may stand, as scenarios name it.
const STAGES: [&str; 8] =
    ["draft", "submitted", "approved", "fulfilled", "rejected", "withdrawn", "expired", "failed"];

/// Something done about a request: the one of which the case before spoke, or a new one.
#[derive(Debug, Clone)]
pub(crate) struct AskedFor {
    actor: Option<String>,
    what: What,
    at: Option<String>,
    expect: String,
    approvers: Option<Vec<String>>,
    due: Option<String>,
    then: Vec<(Asked, Expected)>,
}

#[derive(Debug, Clone)]
enum What {
    Ask(Box<Form>),
    Decide(String),
}

/// A form, filled in.
#[derive(Debug, Clone)]
struct Form {
    kind: String,
    about: Vec<String>,
    fields: BTreeMap<String, String>,
    unconfirmed: Vec<String>,
    unexplained: bool,
    wanted: Option<String>,
    lasts: Option<String>,
}

impl AskedFor {
    /// Takes the keys of a request, where the case is about one.
    pub(crate) fn read(fields: &mut Fields<'_>, expect: &str, place: &str) -> Result<Option<Self>, String> {
        let what = match (fields.text("request")?, fields.text("decide")?) {
            (Some(kind), _) => What::Ask(Box::new(Form::read(fields, kind)?)),
            (None, Some(deed)) => What::Decide(deed),
            (None, None) => return Ok(None),
        };
        let (stage, code) = expect.split_once(':').unwrap_or((expect, ""));
        let is_reason = Reason::ALL.iter().any(|reason| reason.code() == code);
        let is_stage = STAGES.contains(&stage) && (code.is_empty() || (stage == "failed" && is_reason));
        let is_refusal = stage == "refused" && is_reason;
        if !is_stage && !is_refusal {
            return Err(format!("{place}: `{expect}`: where it stands, or `refused:REASON`, is wanted"));
        }
        let approvers =
            fields.take("approvers").map(|item| item.list().into_iter().map(|i| i.text()).collect());
        let then = fields.texts("then")?;
        let then = then.iter().map(|phrase| Asked::with_verdict(phrase).map_err(|p| format!("{place}: {p}")));
        Ok(Some(Self {
            actor: fields.text("actor")?,
            what,
            at: fields.text("at")?,
            expect: expect.to_owned(),
            approvers: approvers.transpose()?,
            due: fields.text("due")?,
            then: then.collect::<Result<_, _>>()?,
        }))
    }

    /// Whether it goes on, or somebody is denied it.
    pub(crate) fn goes_on(&self) -> bool {
        ["submitted", "approved", "fulfilled", "withdrawn"].contains(&self.expect.as_str())
    }

    /// What is asked once it is done.
    pub(crate) fn then(&self) -> &[(Asked, Expected)] {
        &self.then
    }

    pub(crate) fn run(&self, realm: &mut Realm, now: Instant) -> Result<Vec<String>, String> {
        let at = self.at.as_ref().map_or(Ok(now), |at| moment::read(at, now))?;
        let came = match self.carry_out(realm, at) {
            Ok(stage) => told(stage),
            Err(Failed::Unreadable(problem)) => return Err(problem),
            Err(Failed::Refused(refusal)) => format!("refused:{}", refusal.reason.code()),
        };
        let mut problems = Vec::new();
        let is_expected =
            came == self.expect || came.strip_prefix("failed:").is_some_and(|_| self.expect == "failed");
        if !is_expected {
            problems.push(format!("expected {}, got {came}", self.expect));
        }
        if let Some(wanted) = &self.approvers {
            let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
            let found = approvers(realm, at);
            if !found.iter().map(String::as_str).eq(wanted.iter().copied()) {
                problems.push(format!("expected {wanted:?} to be its approvers, got {found:?}"));
            }
        }
        if let Some(due) = &self.due {
            let (wanted, found) = (moment::read(due, now)?, due_at(realm));
            if found != Some(wanted) {
                problems.push(format!("expected it to be due at {wanted:?}, got {found:?}"));
            }
        }
        for (asked, expected) in &self.then {
            problems.extend(asked.ask(realm, at, expected)?.into_iter().map(|p| format!("then {p}")));
        }
        Ok(problems)
    }

    fn carry_out(&self, realm: &mut Realm, now: Instant) -> Result<Stage, Failed> {
        let unreadable = |problem: String| Failed::Unreadable(problem);
        let deed = match &self.what {
            What::Ask(form) => {
                let content = form.content(&realm.state, now).map_err(unreadable)?;
                let id = realm.people.next_request().map_err(unreadable)?;
                self.give(realm, RequestCommand::Create { id: id.clone(), copy_of: None, content }, now)?;
                let drafted = read(realm).map_err(unreadable)?;
                self.give(realm, RequestCommand::Submit(vec![drafted]), now)?;
                return Ok(stage(realm, &id));
            }
            What::Decide(deed) => deed,
        };
        let request = read(realm).map_err(unreadable)?;
        let id = request.id.clone();
        let command = match deed.as_str() {
            "approve" => RequestCommand::Decide { request, verdict: Verdict::Approve },
            "reject" => RequestCommand::Decide { request, verdict: Verdict::Reject },
            "withdraw" => RequestCommand::Withdraw(request),
            "carry out" => RequestCommand::CarryOut(request),
            "due" => RequestCommand::Due(request),
            other => return Err(Failed::Unreadable(format!("nobody does `{other}` to a request"))),
        };
        self.give(realm, command, now)?;
        Ok(stage(realm, &id))
    }

    fn give(&self, realm: &mut Realm, what: RequestCommand, now: Instant) -> Result<(), Failed> {
        let user = self.actor.as_deref().map(user_id).transpose().map_err(Failed::Unreadable)?;
        let command = Command {
            actor: user.map_or(Actor::Operator, Actor::User),
            caller: "front-desk".to_owned(),
            reason: Some("a scenario".to_owned()),
            may_remove_last_manager: false,
            expects: None,
            spares: Spares::default(),
            body: Body::Request(Box::new(what)),
        };
        realm.decide(&command, now).map(drop).map_err(Failed::Refused)
    }
}

impl Form {
    fn read(fields: &mut Fields<'_>, kind: String) -> Result<Self, String> {
        let filled_in = fields.table("fields")?.map(Fields::rest).unwrap_or_default();
        let filled_in = filled_in.into_iter().map(|(name, value)| Ok((name, value.text()?)));
        Ok(Self {
            kind,
            about: fields.texts("about")?,
            fields: filled_in.collect::<Result<_, String>>()?,
            unconfirmed: fields.texts("unconfirmed")?,
            unexplained: fields.flag("unexplained")?,
            wanted: fields.text("wanted")?,
            lasts: fields.text("lasts")?,
        })
    }

    fn content(&self, state: &State, now: Instant) -> Result<Content, String> {
        let kind = KINDS.iter().find(|(name, _)| *name == self.kind);
        let (_, kind) = kind.ok_or_else(|| format!("`{}` is no kind of request", self.kind))?;
        let mut people: Vec<ManageUser> = Vec::new();
        for phrase in &self.about {
            let (user, change) = phrase.split_once(": ").ok_or("`somebody: a change` is wanted")?;
            let user = user_id(user)?;
            let change = Changing { state, user: &user, now }.read(change)?;
            match people.iter_mut().find(|person| person.user == user) {
                Some(person) => person.changes.push(change),
                None => {
                    people.push(ManageUser { user, etag: None, handles: Vec::new(), changes: vec![change] })
                }
            }
        }
        let sentences = state.scheme.requests().into_iter().flat_map(|rules| &rules.confirmations);
        let confirmed = sentences.map(|sentence| sentence.name.clone());
        let until = self.lasts.as_ref().map(|lasts| moment::read(lasts, now)).transpose()?;
        let micros = |until: Instant| u64::try_from(until.as_micros() - now.as_micros()).unwrap_or_default();
        Ok(Content {
            kind: *kind,
            people,
            wanted_at: self.wanted.as_ref().map(|wanted| moment::read(wanted, now)).transpose()?,
            lasts: until.map(|until| Duration::from_micros(micros(until))),
            fields: self.fields.clone(),
            confirmed: confirmed.filter(|name| !self.unconfirmed.contains(name)).collect(),
            note: (!self.unexplained).then(|| "a scenario".to_owned()),
            nonce: [0; 16],
        })
    }
}

/// The newest request, as somebody reads it.
fn read(realm: &Realm) -> Result<ReadRequest, String> {
    let request = realm.people.newest_request().ok_or("there is no request: does the case go on?")?;
    Ok(ReadRequest {
        id: request.id.clone(),
        content: request.content.clone(),
        digest: [0; 32],
        expects: None,
    })
}

fn stage(realm: &Realm, id: &RequestId) -> Stage {
    realm.people.request(id).map_or(Stage::Draft, |request| request.stage)
}

fn told(stage: Stage) -> String {
    let name = match stage {
        Stage::Draft => "draft",
        Stage::Submitted { .. } => "submitted",
        Stage::Approved { .. } => "approved",
        Stage::Fulfilled => "fulfilled",
        Stage::Rejected => "rejected",
        Stage::Withdrawn => "withdrawn",
        Stage::Expired => "expired",
        Stage::Failed(reason) => return format!("failed:{}", reason.code()),
    };
    name.to_owned()
}

/// Until when the desk has time for the newest request.
fn due_at(realm: &Realm) -> Option<Instant> {
    let Stage::Approved { due_at, .. } = realm.people.newest_request()?.stage else { return None };
    due_at
}

/// Who may approve a part of the newest request.
fn approvers(realm: &Realm, now: Instant) -> BTreeSet<String> {
    let Some(request) = realm.people.newest_request() else { return BTreeSet::new() };
    let now = now.max(realm.state.recorded_at.next());
    let found = waiting(&realm.state, request, now).approvers;
    let users = found.units.values().chain(found.systems.values()).flatten();
    users.filter_map(|&user| realm.state.world.user_id(user)).map(|user| user.to_string()).collect()
}

//! An office in which access is asked for: two segments with teams and positions, and people of every grade.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::{Field, Instant, RealmId, RequestId, ReviewId, SealedSecret, SecretDigest, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::{RequestKind, Scheme};
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Content, Facts, GrantSpec, Handle, LoadItem, ManageUser, Message,
    NewUnit, NewUser, Notice, ReadRequest, Refusal, Request, RequestCommand, Review, Revision, Spares, Stage,
    State, UserChange, Verdict, decide, lookups,
};

use crate::realm::{all, assign, command, unit_id, user_id};

/// A realm with what tables would know.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) state: State,
    facts: Facts,
    pub(super) now: Instant,
    /// Who is told of the last command, and what: `tl11 decided`, `new for new` (what is sealed).
    pub(super) told: Vec<String>,
    drafted: u32,
}

const CMG: &str = include_str!("../../../../../schemes/cmg-2012.toml");

/// An hour, in microseconds.
pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;

impl Office {
    /// Segments `s1`, `s2`; teams `t11`, `t12`, `t21`; positions `p1`, `p2`, `p3` of `t11`, `q1` of `t12`, `r1` of `t21`;
    /// stand-ins `x9` of `t11` and the team `tx` of `s1`. A segment manager each (`sm1`, `sm2`), team leaders `tl11`, `tl12`,
    /// `tl21`, a caseworker `cw` at `p1`, `new` who holds nothing, and whoever serves at the desks.
    pub(super) fn new() -> Self {
        let mut office = Self::of("cmg-2012", CMG);
        office.unit("d", "directorate", "d", None);
        office.unit("dep", "department", "dep", Some("d"));
        for (segment, teams) in [("s1", &["t11", "t12"][..]), ("s2", &["t21"])] {
            office.unit(segment, "segment", segment, Some("dep"));
            for team in teams {
                office.unit(team, "team", &format!("TL0{}", &team[1..]), Some(segment));
            }
        }
        let positions = [("p1", "t11"), ("p2", "t11"), ("p3", "t11"), ("q1", "t12"), ("r1", "t21")];
        for (position, team) in positions {
            office.unit(position, "position", &format!("CW00{}", &position[1..]), Some(team));
        }
        office.unit("tx", "team", "TL999", Some("s1"));
        office.unit("x9", "position", "CW020", Some("t11"));
        let people: [(&str, &[(&str, &str)]); 14] = [
            ("director", &[("d", "director")]),
            ("dm", &[("dep", "department-manager")]),
            ("sm1", &[("s1", "segment-manager")]),
            ("sm2", &[("s2", "segment-manager")]),
            ("tl11", &[("t11", "team-leader")]),
            ("tl11b", &[("t11", "team-leader")]),
            ("tl12", &[("t12", "team-leader")]),
            ("tl21", &[("t21", "team-leader")]),
            ("cw", &[("p1", "caseworker")]),
            ("new", &[]),
            ("desk", &[("d", "it-service-desk")]),
            ("support", &[("d", "cmg-it-support")]),
            ("adviser", &[("d", "security-adviser")]),
            ("telephony", &[("d", "telephony-approver")]),
        ];
        for (user, held) in people {
            office.user(user, "t11", held);
        }
        office
    }

    /// An empty realm of a scheme.
    pub(super) fn of(name: &str, scheme: &str) -> Self {
        let scheme = Arc::new(Scheme::parse(scheme).unwrap_or_else(|faults| panic!("{faults:?}")));
        let now = Instant::from_micros(1_700_000_000_000_000).unwrap();
        let state = State::unborn(RealmId::parse(name).unwrap(), Arc::clone(&scheme));
        let mut office = Self { state, facts: Facts::default(), now, told: Vec::new(), drafted: 0 };
        office.operate(Body::CreateRealm { title: name.to_owned(), scheme });
        office
    }

    pub(super) fn unit(&mut self, id: &str, kind: &str, name: &str, parent: Option<&str>) {
        let parents = parent.into_iter().map(unit_id).collect();
        let (id, kind, name) = (unit_id(id), kind.to_owned(), name.to_owned());
        self.operate(Body::CreateUnit(NewUnit { id, kind, name, description: String::new(), parents }));
    }

    pub(super) fn user(&mut self, id: &str, home: &str, held: &[(&str, &str)]) {
        let new =
            NewUser { username: Some(id.to_owned()), external_ids: BTreeMap::new(), ..somebody(id, home) };
        let held = held.iter().map(|(unit, role)| UserChange::Assign(assign(unit, role, all())));
        let changes = std::iter::once(UserChange::Create(new)).chain(held).collect();
        self.operate(Body::Load(vec![LoadItem::User(person(id, changes))]));
    }

    /// Other rules come into force: cmg's, edited.
    pub(super) fn rules(&mut self, edit: impl FnOnce(&str) -> String) {
        let text = edit(CMG);
        let scheme = Scheme::parse(&text).unwrap_or_else(|faults| panic!("{faults:?}"));
        self.operate(Body::PutScheme(Arc::new(scheme)));
    }

    pub(super) fn operate(&mut self, body: Body) {
        self.give(Actor::Operator, body).unwrap_or_else(|refusal| panic!("{refusal}"));
    }

    /// Decides a command and takes in what it makes true.
    pub(super) fn give(&mut self, actor: Actor, body: Body) -> Result<(), Refusal> {
        self.give_for(&command(actor, body))
    }

    fn give_for(&mut self, command: &Command) -> Result<(), Refusal> {
        let of = |(n, user): (usize, &UserId)| {
            let digest = SecretDigest([u8::try_from(n % 256).unwrap(); 32]);
            (user.clone(), SealedSecret { digest, sealed: format!("for {user}") })
        };
        let spares = Spares::new(command.body.may_activate().enumerate().map(of).collect());
        let command = &Command { spares, ..command.clone() };
        let facts = self.facts.of(&lookups(command, Some(&self.state.world)));
        let decided = decide(&self.state, &facts, command, self.now)?;
        for event in &decided.events {
            self.state.apply(event);
            self.facts.absorb(event, self.state.revision.next());
        }
        self.told = decided.messages.iter().map(told).collect();
        self.facts.used_handles.extend(decided.used_handles.iter().map(|(handle, _)| *handle));
        self.state.revision = Revision(self.state.revision.0 + 1);
        self.now = self.now.next();
        Ok(())
    }

    /// Time passes, in microseconds.
    pub(super) fn wait(&mut self, micros: i64) {
        self.now = self.later(micros);
    }

    pub(super) fn later(&self, micros: i64) -> Instant {
        Instant::from_micros(self.now.as_micros() + micros).unwrap()
    }

    /// Somebody drafts what is asked for.
    pub(super) fn draft(&mut self, author: &str, content: Content) -> Result<String, Refusal> {
        self.drafted += 1;
        let id = format!("r-{}", self.drafted);
        let create = RequestCommand::Create { id: request_id(&id), copy_of: None, content };
        self.give(acting(author), Body::Request(Box::new(create))).map(|()| id)
    }

    /// Somebody asks for it: drafts and submits.
    pub(super) fn ask(&mut self, author: &str, content: Content) -> Result<String, Refusal> {
        let id = self.draft(author, content)?;
        self.submit(author, &[&id]).map(|()| id)
    }

    pub(super) fn submit(&mut self, author: &str, ids: &[&str]) -> Result<(), Refusal> {
        let requests = ids.iter().map(|id| self.read(id)).collect();
        self.give(acting(author), Body::Request(Box::new(RequestCommand::Submit(requests))))
    }

    /// What is known of somebody.
    pub(super) fn field(&self, user: &str, field: Field) -> Option<&str> {
        self.facts.people[&user_id(user)].profile.get(field)
    }

    /// Somebody's proof that they know somebody else.
    pub(super) fn handle(&self, actor: &str, user: &str) -> Handle {
        let (actor, user) = (user_id(actor), user_id(user));
        Handle { id: [7; 16], caller: "test".to_owned(), actor, user, expires_at: self.later(DAY) }
    }

    pub(super) fn approve(&mut self, by: &str, id: &str) -> Result<(), Refusal> {
        self.decide_about(by, id, Verdict::Approve)
    }

    pub(super) fn reject(&mut self, by: &str, id: &str) -> Result<(), Refusal> {
        self.decide_about(by, id, Verdict::Reject)
    }

    fn decide_about(&mut self, by: &str, id: &str, verdict: Verdict) -> Result<(), Refusal> {
        let request = self.read(id);
        self.give(acting(by), Body::Request(Box::new(RequestCommand::Decide { request, verdict })))
    }

    pub(super) fn withdraw(&mut self, by: &str, id: &str) -> Result<(), Refusal> {
        let request = self.read(id);
        self.give(acting(by), Body::Request(Box::new(RequestCommand::Withdraw(request))))
    }

    pub(super) fn carry_out(&mut self, by: &str, id: &str) -> Result<(), Refusal> {
        let request = self.read(id);
        self.give(acting(by), Body::Request(Box::new(RequestCommand::CarryOut(request))))
    }

    /// What is due is tried.
    pub(super) fn due(&mut self, id: &str) -> Result<(), Refusal> {
        let request = self.read(id);
        self.give(Actor::Operator, Body::Request(Box::new(RequestCommand::Due(request))))
    }

    pub(super) fn request(&self, id: &str) -> &Request {
        &self.facts.requests[&request_id(id)]
    }

    pub(super) fn review(&self, id: &str) -> &Review {
        self.some_review(id).unwrap()
    }

    pub(super) fn some_review(&self, id: &str) -> Option<&Review> {
        self.facts.reviews.get(&ReviewId::parse(id).unwrap())
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.facts.requests.contains_key(&request_id(id))
    }

    pub(super) fn has_expired(&self, id: &str) -> bool {
        matches!(self.stage(id), Stage::Submitted { expires_at } if expires_at <= self.now)
    }

    pub(super) fn stage(&self, id: &str) -> Stage {
        self.request(id).stage
    }

    pub(super) fn read(&self, id: &str) -> ReadRequest {
        let id = request_id(id);
        let content = self.facts.requests[&id].content.clone();
        ReadRequest { id, content, digest: [7; 32], expects: None }
    }

    /// Who may approve a request: of each unit that it touches.
    pub(super) fn approvers(&self, id: &str) -> BTreeMap<String, BTreeSet<String>> {
        let request = self.request(id);
        let waiting = bailiwick_realm::waiting(&self.state, request, self.now);
        let world = &self.state.world;
        let names = |users: &BTreeSet<_>| {
            users.iter().map(|&user| world.user_id(user).unwrap().to_string()).collect::<BTreeSet<_>>()
        };
        let units = waiting.approvers.units.iter();
        units.map(|(&unit, users)| (world.unit_id(unit).unwrap().to_string(), names(users))).collect()
    }

    pub(super) fn sees(&self, reader: &str, id: &str) -> bool {
        bailiwick_realm::may_read(&self.state, self.request(id), &user_id(reader), self.now)
    }

    /// What somebody holds now: unit and role.
    pub(super) fn holds(&self, user: &str) -> BTreeSet<(String, String)> {
        let State { world, scheme, .. } = &self.state;
        let Some(user) = world.user_ix(user).and_then(|ix| world.user(ix)) else { return BTreeSet::new() };
        let held = user.assignments().filter(|a| a.held(self.now));
        let named = held.map(|a| {
            let unit = world.unit_id(a.unit).unwrap().to_string();
            (unit, scheme.role(a.role).unwrap().name.clone())
        });
        named.collect()
    }
}

pub(super) fn request_id(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

pub(super) fn acting(user: &str) -> Actor {
    if user.is_empty() { Actor::Operator } else { Actor::User(user_id(user)) }
}

pub(super) fn person(user: &str, changes: Vec<UserChange>) -> ManageUser {
    ManageUser { user: user_id(user), etag: None, handles: Vec::new(), changes }
}

/// Who is yet to be made.
pub(super) fn somebody(id: &str, home: &str) -> NewUser {
    let fields = [
        (Field::FirstName, id.to_owned()),
        (Field::LastName, format!("{id}son")),
        (Field::Email, format!("{id}@example.org")),
    ];
    NewUser {
        home: unit_id(home),
        username: None,
        fields: BTreeMap::from(fields),
        external_ids: BTreeMap::from([("staff-number".to_owned(), format!("N-{id}"))]),
    }
}

pub(super) fn add(unit: &str, role: &str) -> UserChange {
    UserChange::Assign(spec(unit, role))
}

pub(super) fn spec(unit: &str, role: &str) -> AssignmentSpec {
    assign(unit, role, all())
}

pub(super) fn grant(system: &str) -> UserChange {
    let system = system.to_owned();
    UserChange::Grant(GrantSpec { system, starts_at: None, ends_at: None, reason: Some("needed".to_owned()) })
}

pub(super) fn end(number: u32) -> UserChange {
    UserChange::End { number, at: None }
}

/// A request about one person, with every confirmation that the scheme knows.
pub(super) fn form(kind: RequestKind, user: &str, changes: Vec<UserChange>) -> Content {
    let confirmed = ["queue-empty", "authorisation-received", "criteria-met"];
    Content {
        kind,
        people: vec![person(user, changes)],
        wanted_at: None,
        lasts: None,
        fields: BTreeMap::new(),
        confirmed: confirmed.iter().map(|&name| name.to_owned()).collect(),
        note: Some("because".to_owned()),
        nonce: [3; 16],
    }
}

pub(super) fn lasting(content: Content, days: u64) -> Content {
    Content { lasts: Some(Duration::from_secs(days * 86_400)), ..content }
}

pub(super) fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Units with roles.
pub(super) fn held(held: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    held.iter().map(|&(unit, role)| (unit.to_owned(), role.to_owned())).collect()
}

/// Why something is refused; nothing where it is not.
pub(super) fn why<T>(result: Result<T, Refusal>) -> Option<Reason> {
    result.err().map(|refusal| refusal.reason)
}

pub(super) fn ids(user: &str) -> UserId {
    user_id(user)
}

fn told(message: &Message) -> String {
    let what = match &message.notice {
        Notice::Secret { sealed, .. } => sealed,
        Notice::ToApprove(_) => "to approve",
        Notice::Decided(_) => "decided",
    };
    format!("{} {what}", message.user)
}

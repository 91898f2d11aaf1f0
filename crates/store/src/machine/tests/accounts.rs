//! Accounts that are asked for, in a simulation: whichever process comes first makes them at their instant, and none twice.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Instant, RequestId, UserId};
use bailiwick_membership::UserManagement;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Content, Event, Happened, LoadItem, ManageUser, NewUnit, NewUser,
    OptionsSpec, ReadRequest, Request, RequestCommand, ScopeSpec, Seat, Stage, StageName, State, UserChange,
    Verdict,
};

use super::model::{Chance, Model};
use crate::codec::{self, Names};
use crate::conformance::fixture::{command, manage, unit, user};

/// How long somebody waits for an account at most, after it was asked for, in microseconds.
const LONGEST_WAIT: u64 = 2_000;

/// A site, and who approves its accounts.
pub(super) fn site() -> Command {
    let place = |id: &str, kind: &str, parent: Option<&str>| LoadItem::Unit {
        unit: NewUnit {
            id: unit(id),
            kind: kind.to_owned(),
            name: id.to_owned(),
            description: String::new(),
            parents: parent.into_iter().map(unit).collect(),
        },
        archived: false,
    };
    let changes = vec![
        person("ada", "site"),
        assign("service-provider-program-administrator", Some(UserManagement::Manage)),
    ];
    let ada = ManageUser { user: user("ada"), etag: None, handles: Vec::new(), changes };
    command(Body::Load(vec![
        place("l", "lwia", Some("e")),
        place("site", "organization", Some("l")),
        LoadItem::User(ada),
    ]))
}

/// Makes somebody.
pub(super) fn create(id: &str) -> Command {
    manage(id, vec![person(id, "e")])
}

fn person(id: &str, home: &str) -> UserChange {
    let fields = [
        (Field::FirstName, "Jo"),
        (Field::LastName, "McGoo"),
        (Field::BirthDate, "1950-05-06"),
        (Field::WorkPhone, "+13125550142"),
        (Field::Zip, "60124"),
        (Field::Email, &format!("{id}@example.org")),
    ];
    let fields = fields.map(|(field, value)| (field, value.to_owned())).into();
    UserChange::Create(NewUser { home: unit(home), username: None, fields, external_ids: BTreeMap::new() })
}

fn assign(role: &str, user_management: Option<UserManagement>) -> UserChange {
    let options = OptionsSpec { scope: Some(ScopeSpec::All), user_management, ..OptionsSpec::default() };
    UserChange::Assign(AssignmentSpec {
        unit: unit("site"),
        seat: Seat::There,
        role: role.to_owned(),
        options,
    })
}

/// What somebody does about accounts: asks for one, or does what comes next to one that was asked for.
pub(super) fn next(chance: &mut Chance, model: &Model, clock: i64, n: u64) -> Command {
    let requests: Vec<Request> = model.asked_for().filter(|request| !request.stage.is_over()).collect();
    if requests.is_empty() || chance.one_in(4) {
        return ask(chance, clock, n);
    }
    let request = &requests[usize::try_from(chance.below(requests.len() as u64)).unwrap()];
    let read = read(request);
    match request.stage.name() {
        StageName::Draft => operator(RequestCommand::Submit(vec![read])),
        StageName::Submitted if !chance.one_in(3) => approve(read),
        // Too early, mostly.
        StageName::Submitted | StageName::Approved => operator(RequestCommand::Due(read)),
        StageName::Fulfilled
        | StageName::Rejected
        | StageName::Withdrawn
        | StageName::Expired
        | StageName::Failed => ask(chance, clock, n),
    }
}

/// What is due by now, as the server would do it.
pub(super) fn due(model: &Model, clock: i64) -> Vec<Command> {
    let is_due = |request: &Request| request.stage.due().is_some_and(|due| due.as_micros() <= clock);
    let due = model.asked_for().filter(is_due);
    due.map(|request| operator(RequestCommand::Due(read(&request)))).collect()
}

fn ask(chance: &mut Chance, clock: i64, n: u64) -> Command {
    let whose = format!("w{n}");
    let changes = vec![person(&whose, "site"), assign("public-viewer", None)];
    let at = clock + i64::try_from(chance.below(LONGEST_WAIT)).unwrap();
    let content = Content {
        kind: RequestKind::SetUp,
        people: vec![ManageUser { user: user(&whose), etag: None, handles: Vec::new(), changes }],
        wanted_at: Instant::from_micros(at),
        lasts: None,
        fields: BTreeMap::new(),
        confirmed: BTreeSet::new(),
        note: None,
        nonce: [7; 16],
    };
    let id = RequestId::parse(&format!("r{n}")).unwrap();
    operator(RequestCommand::Create { id, copy_of: None, content })
}

fn read(request: &Request) -> ReadRequest {
    ReadRequest { id: request.id.clone(), content: request.content.clone(), digest: [5; 32], expects: None }
}

fn operator(what: RequestCommand) -> Command {
    command(Body::Request(Box::new(what)))
}

fn approve(request: ReadRequest) -> Command {
    let what = RequestCommand::Decide { request, verdict: Verdict::Approve };
    Command { actor: Actor::User(user("ada")), ..operator(what) }
}

/// What must hold of all that was asked for. Yields how many accounts waited for their instant and were made, and how many
/// requests nobody decided in time.
pub(super) fn verify(model: &Model, told: &State, clock: i64) -> (u64, u64) {
    let names = Names::of(told);
    let mut times: BTreeMap<UserId, u32> = BTreeMap::new();
    for stored in model.changes.iter().flat_map(|change| &change.events) {
        if let Event::Access { user, .. } = codec::decode(stored, &names).unwrap() {
            *times.entry(user).or_default() += 1;
        }
    }
    assert!(due(model, clock).is_empty(), "what is due is done");
    let (mut in_time, mut expired) = (0, 0);
    for request in model.asked_for() {
        let of = times.get(&request.content.people[0].user).copied().unwrap_or_default();
        let is_done = request.stage == Stage::Fulfilled;
        assert_eq!(of, u32::from(is_done), "{} is {:?}", request.id, request.stage);
        let came_true = request.steps.iter().filter(|step| step.what == Happened::Fulfilled);
        assert_eq!(came_true.count(), usize::from(is_done));
        let at = request.steps.last().map(|step| step.at);
        assert!(!is_done || at >= request.content.wanted_at, "nothing is done before its instant");
        let approved = request.steps.iter().find(|step| step.what == Happened::Approved).map(|step| step.at);
        in_time += u64::from(is_done && approved < request.content.wanted_at);
        expired += u64::from(request.stage == Stage::Expired);
    }
    (in_time, expired)
}

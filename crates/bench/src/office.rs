//! A generated office under the `cmg-2012` scheme in which ten thousand requests are open, as the commands that make it.
//!
//! Five departments of ten segments, of twenty teams, of sixteen positions; ten caseworkers in each team. Each team's leader
//! asks for a second place for each caseworker, in a team of the next segment, whose manager is to approve it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_identity::{Field, RequestId, UnitId, UserId};
use bailiwick_policy::scheme::{RequestKind, Scheme, shipped};
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Content, LoadItem, ManageUser, NewUnit, NewUser, OptionsSpec,
    ReadRequest, RequestCommand, ScopeSpec, Seat, Spares, UserChange,
};

use crate::world::Fault;

/// Departments, segments of each, teams of each, and caseworkers of each.
const SIZES: [u32; 4] = [5, 10, 20, 10];
/// Positions of each team that are free.
const FREE: u32 = 6;
/// Items of a command.
const ITEMS: usize = 500;
/// Whoever approves a request, or reads one, names what was read.
const DIGEST: [u8; 32] = [7; 32];

/// The manager of a segment, by its number of [`segments`].
#[must_use]
pub fn segment_manager(segment: u32) -> String {
    format!("manager-s{segment}")
}

/// The manager of a department.
#[must_use]
pub fn department_manager(department: u32) -> String {
    format!("manager-d{department}")
}

/// How many segments there are.
#[must_use]
pub fn segments() -> u32 {
    let [departments, segments, ..] = SIZES;
    departments * segments
}

/// How many departments there are.
#[must_use]
pub fn departments() -> u32 {
    let [departments, ..] = SIZES;
    departments
}

/// The form for five caseworkers of a team at once, as it is read.
///
/// # Errors
/// Never: its names are ids.
pub fn five(team: u32) -> Result<ReadRequest, Fault> {
    let id = RequestId::parse(&format!("five-{team}"))?;
    Ok(ReadRequest { id, content: asked(team, 0..5)?, digest: DIGEST, expects: None })
}

/// What the office is made of, in commands; the first brings the realm into being.
///
/// # Errors
/// When the scheme that ships does not compile.
pub fn commands() -> Result<impl Iterator<Item = Result<Command, Fault>> + use<>, Fault> {
    let text = shipped().iter().find(|(name, _)| *name == "cmg-2012").map_or("", |(_, text)| text);
    let scheme = Scheme::parse(text).map(Arc::new).map_err(|faults| Fault(format!("{faults:?}")))?;
    let create = Body::CreateRealm { title: "Office".to_owned(), scheme };
    let items: Vec<LoadItem> = units().chain(people()).collect::<Result<_, _>>()?;
    let loads: Vec<_> = items.chunks(ITEMS).map(|part| Ok(operator(Body::Load(part.to_vec())))).collect();
    let asking = (0..teams()).flat_map(asking);
    Ok(std::iter::once(Ok(operator(create))).chain(loads).chain(asking))
}

fn teams() -> u32 {
    let [.., teams, _] = SIZES;
    segments() * teams
}

fn segment_of(team: u32) -> u32 {
    let [.., teams, _] = SIZES;
    team / teams
}

/// A leader drafts one for each caseworker, and one for five at once, and submits them.
fn asking(team: u32) -> Vec<Result<Command, Fault>> {
    let [.., caseworkers] = SIZES;
    let single = |n| -> Result<ReadRequest, Fault> {
        let id = RequestId::parse(&format!("r-{team}-{n}"))?;
        Ok(ReadRequest { id, content: asked(team, n..n + 1)?, digest: DIGEST, expects: None })
    };
    let reads = (0..caseworkers).map(single).chain(team.is_multiple_of(100).then(|| five(team)));
    let reads: Result<Vec<_>, _> = reads.collect();
    let leader = UserId::parse(&format!("leader-{team}"));
    let (reads, leader) = match (reads, leader) {
        (Ok(reads), Ok(leader)) => (reads, leader),
        (Err(fault), _) => return vec![Err(fault)],
        (_, Err(fault)) => return vec![Err(fault.into())],
    };
    let given = |what| {
        let body = Body::Request(Box::new(what));
        Ok(Command { actor: Actor::User(leader.clone()), ..operator(body) })
    };
    let drafts = reads.iter().map(|read| {
        let ReadRequest { id, content, .. } = read.clone();
        given(RequestCommand::Create { id, copy_of: None, content })
    });
    drafts.chain([given(RequestCommand::Submit(reads.clone()))]).collect()
}

/// A second place for some of a team, in the team of the same place in the next segment.
fn asked(team: u32, caseworkers: std::ops::Range<u32>) -> Result<Content, Fault> {
    let [.., teams, _] = SIZES;
    let other = (team + teams) % (segments() * teams);
    let person = |n: u32| -> Result<ManageUser, Fault> {
        let [.., caseworkers_of_a_team] = SIZES;
        // Each for one that is free, though not for all who ask for it.
        let place = if caseworkers.len() == 1 { 0 } else { 1 + n };
        let unit = format!("p-{other}-{}", caseworkers_of_a_team + place);
        let changes = vec![assign(&unit, "caseworker")?];
        let user = UserId::parse(&format!("cw-{team}-{n}"))?;
        Ok(ManageUser { user, etag: None, handles: Vec::new(), changes })
    };
    let confirmed = ["queue-empty", "authorisation-received", "criteria-met"];
    Ok(Content {
        kind: RequestKind::Amend,
        people: caseworkers.clone().map(person).collect::<Result<_, _>>()?,
        wanted_at: None,
        lasts: None,
        fields: BTreeMap::new(),
        confirmed: BTreeSet::from(confirmed.map(str::to_owned)),
        note: Some("the backlog of the other segment".to_owned()),
        nonce: [3; 16],
    })
}

fn units() -> impl Iterator<Item = Result<LoadItem, Fault>> {
    let top = std::iter::once(unit("dir", "directorate", "dir", None));
    let of_departments =
        (0..departments()).map(|n| unit(&format!("d-{n}"), "department", "D", Some("dir".to_owned())));
    let of_segments = (0..segments()).map(|n| {
        let [_, segments, ..] = SIZES;
        unit(&format!("s-{n}"), "segment", "S", Some(format!("d-{}", n / segments)))
    });
    let of_teams = (0..teams()).flat_map(|team| {
        let [.., caseworkers] = SIZES;
        let name = format!("TL{:03}", team % 999);
        let positions = (0..caseworkers + FREE).map(move |n| {
            let name = format!("CW{:03}", n + 1);
            unit(&format!("p-{team}-{n}"), "position", &name, Some(format!("t-{team}")))
        });
        let above = Some(format!("s-{}", segment_of(team)));
        std::iter::once(unit(&format!("t-{team}"), "team", &name, above)).chain(positions)
    });
    top.chain(of_departments).chain(of_segments).chain(of_teams)
}

fn unit(id: &str, kind: &str, name: &str, parent: Option<String>) -> Result<LoadItem, Fault> {
    let parents = parent.iter().map(|id| UnitId::parse(id)).collect::<Result<_, _>>()?;
    let unit = NewUnit {
        id: UnitId::parse(id)?,
        name: name.to_owned(),
        kind: kind.to_owned(),
        description: String::new(),
        parents,
    };
    Ok(LoadItem::Unit { unit, archived: false })
}

fn people() -> impl Iterator<Item = Result<LoadItem, Fault>> {
    let desk = std::iter::once(member("desk", "dir", "it-service-desk"));
    let above = (0..departments())
        .map(|n| member(&department_manager(n), &format!("d-{n}"), "department-manager"))
        .chain((0..segments()).map(|n| member(&segment_manager(n), &format!("s-{n}"), "segment-manager")));
    let in_teams = (0..teams()).flat_map(|team| {
        let [.., caseworkers] = SIZES;
        let leader = member(&format!("leader-{team}"), &format!("t-{team}"), "team-leader");
        let at = move |n| member(&format!("cw-{team}-{n}"), &format!("p-{team}-{n}"), "caseworker");
        std::iter::once(leader).chain((0..caseworkers).map(at))
    });
    desk.chain(above).chain(in_teams)
}

fn member(id: &str, unit: &str, role: &str) -> Result<LoadItem, Fault> {
    let fields = [(Field::FirstName, "Jo"), (Field::LastName, id)];
    let mut fields: BTreeMap<Field, String> = fields.map(|(field, text)| (field, text.to_owned())).into();
    fields.insert(Field::Email, format!("{id}@example.org"));
    let new = NewUser {
        home: UnitId::parse(unit)?,
        username: None,
        fields,
        external_ids: BTreeMap::from([("staff-number".to_owned(), id.to_owned())]),
    };
    let changes = vec![UserChange::Create(new), assign(unit, role)?];
    let user = UserId::parse(id)?;
    Ok(LoadItem::User(ManageUser { user, etag: None, handles: Vec::new(), changes }))
}

fn assign(unit: &str, role: &str) -> Result<UserChange, Fault> {
    let options = OptionsSpec { scope: Some(ScopeSpec::All), ..OptionsSpec::default() };
    let unit = UnitId::parse(unit)?;
    Ok(UserChange::Assign(AssignmentSpec { unit, seat: Seat::There, role: role.to_owned(), options }))
}

fn operator(body: Body) -> Command {
    Command {
        actor: Actor::Operator,
        caller: "bench".to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

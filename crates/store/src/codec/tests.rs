//! What is written comes back, whole; what does not mean anything is damage.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Field, Instant, Profile, RealmId, UnitId, UserId};
use bailiwick_membership::{
    Access, Assignment, AssignmentState, CaseloadEntry, CaseloadOptions, Clearance, Disabled, Enrolment,
    Grant, KindIx, Options, Placement, ReportingRoleIx, RoleIx, Scope, Standing, Suspension, SuspensionCause,
    SystemIx, Unit, UnitIx, UserIx, UserManagement, UserTypeIx,
};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::{Scheme, shipped};
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{
    Actor, Body, Command, Effect, Event, ImportedRow, MatchOutcome, Notes, RealmStatus, Revision, RowOutcome,
    RowSight, Spares, State,
};
use prost::Message;

use super::{Header, Names, decode, encode};
use crate::log::{EntityKind, StoredEvent};

fn scheme(name: &str) -> Arc<Scheme> {
    let (_, text) = shipped().iter().find(|(shipped, _)| *shipped == name).unwrap();
    Arc::new(Scheme::parse(text).unwrap())
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn customer(id: &str) -> CustomerId {
    CustomerId::parse(id).unwrap()
}

fn place(id: &str, parents: Vec<UnitIx>) -> Unit {
    Unit {
        id: UnitId::parse(id).unwrap(),
        kind: KindIx(1),
        name: format!("Name of {id}"),
        description: "What it is – ✓".to_owned(),
        parents,
        archived: id == "u3",
        placeholder: false,
    }
}

/// A state with units (whose ids sort otherwise than their numbers), users and customers.
pub(super) fn state(scheme_name: &str) -> State {
    let mut state = State::unborn(RealmId::parse("r").unwrap(), scheme(scheme_name));
    for (n, id) in ["u9", "u5", "u3", "u1"].into_iter().enumerate() {
        let parents = if n == 0 { vec![] } else { vec![UnitIx(0)] };
        state.world.put_unit(place(id, parents));
    }
    for id in ["z", "m", "a"] {
        state.world.put_access(&user(id), Access::new(UnitIx(0)));
    }
    for id in ["c9", "c1"] {
        state.world.put_placements(&customer(id), Vec::new());
    }
    state
}

fn suspended(cause: SuspensionCause) -> AssignmentState {
    AssignmentState::Suspended(Suspension { cause, from: Some(at(5)), until: Some(at(6)) })
}

/// Everything that access can hold, as far as the scheme has it.
fn full_access(scheme: &Scheme) -> Access {
    let options = Options {
        scope: Scope::Only(vec![UnitIx(1), UnitIx(2), UnitIx(3)]),
        default_unit: Some(UnitIx(2)),
        user_type: (!scheme.user_types().is_empty()).then_some(UserTypeIx(0)),
        user_management: UserManagement::Manage,
        caseload: CaseloadOptions {
            only: true,
            exempt: vec![UnitIx(1), UnitIx(3)],
            own: vec![UnitIx(0), UnitIx(2)],
            others: vec![UnitIx(3)],
        },
        starts_at: Some(Instant::MIN),
        ends_at: Some(Instant::MAX),
        state: suspended(SuspensionCause::ReactivatedElsewhere),
    };
    let plain = |number, options| Assignment { number, unit: UnitIx(1), role: RoleIx(1), options };
    let grant = |n, state| Grant { system: SystemIx(n), state, starts_at: Some(at(1)), ends_at: None };
    Access {
        standing: Standing::Disabled(Disabled { at: at(7), by: Some(UserIx(2)), by_lowest: Some(0) }),
        home: UnitIx(3),
        person: Some(UserIx(0)),
        own_record: Some(bailiwick_membership::CustomerIx(1)),
        clearance: Clearance::Cleared,
        reporting_role: (!scheme.reporting_roles().is_empty()).then_some(ReportingRoleIx(0)),
        assignments: vec![
            plain(3, options),
            plain(4, Options::default()),
            plain(5, Options { scope: Scope::Only(Vec::new()), ..Options::default() }),
            plain(6, Options { state: suspended(SuspensionCause::Manager), ..Options::default() }),
            plain(9, Options { user_management: UserManagement::View, ..Options::default() }),
        ],
        grants: if scheme.systems().len() < 2 {
            Vec::new()
        } else {
            vec![grant(1, AssignmentState::Live), grant(0, suspended(SuspensionCause::Unit))]
        },
        last_number: 12,
    }
}

fn events(state: &State) -> Vec<Event> {
    let mut profile = Profile { username: "jo".to_owned(), ..Profile::default() };
    for field in Field::ALL {
        profile.fields.insert(field, format!("value of {}", field.name()));
    }
    profile.fields.insert(Field::MiddleInitial, String::new());
    profile.external_ids =
        BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    let mut notes = Notes { disabled: Some("why".to_owned()), ..Notes::default() };
    notes.assignments.insert(3, "note".to_owned());
    if state.scheme.systems().len() > 1 {
        notes.grants.insert(SystemIx(1), "because".to_owned());
        notes.grants.insert(SystemIx(0), "therefore".to_owned());
    }
    let access = full_access(&state.scheme);
    vec![
        Event::Realm { title: "Title".to_owned(), status: RealmStatus::Frozen },
        Event::Scheme(Arc::clone(&state.scheme)),
        Event::Unit(place("u3", vec![UnitIx(3), UnitIx(0)])),
        Event::Access { user: user("m"), access: access.clone(), notes },
        Event::Access { user: user("z"), access: Access::new(UnitIx(0)), notes: Notes::default() },
        Event::Profile { user: user("a"), profile },
        Event::Profile { user: user("a"), profile: Profile::default() },
        Event::Caseload {
            user: UserIx(1),
            entries: [(0, 1), (0, 2), (1, 0)]
                .map(|(c, u)| CaseloadEntry {
                    customer: bailiwick_membership::CustomerIx(c),
                    unit: UnitIx(u),
                })
                .to_vec(),
        },
        Event::Placements {
            customer: customer("c1"),
            placements: vec![
                Placement { unit: UnitIx(1), enrolment: Enrolment::Dismissed },
                Placement { unit: UnitIx(3), enrolment: Enrolment::Enrolled },
            ],
        },
    ]
}

pub(super) fn salts() -> [u8; 16] {
    [3; 16]
}

#[test]
fn what_is_written_comes_back() {
    for (name, _) in shipped() {
        let state = state(name);
        let names = Names::of(&state);
        for event in events(&state) {
            let stored = encode(&event, &names, salts).unwrap();
            let read = decode(&stored, &names).unwrap();
            assert_eq!(format!("{read:?}"), format!("{event:?}"), "{name}");
            let again = encode(&read, &names, salts).unwrap();
            assert_eq!(stored, again, "the same event is the same bytes");
        }
    }
}

#[test]
fn lists_are_sorted_by_id() {
    let state = state("eto");
    let names = Names::of(&state);
    let events = events(&state);
    let stored = encode(&events[3], &names, salts).unwrap();
    let Some(log::event::Entity::Access(access)) = log::Event::decode(&*stored.body).unwrap().entity else {
        panic!()
    };
    assert_eq!(access.assignments[0].own_caseload_units, ["u3", "u9"]);
    let Some(log::assignment::Scope::Only(only)) = &access.assignments[0].scope else { panic!() };
    assert_eq!(only.units, ["u1", "u3", "u5"]);
}

/// A row of a list for every outcome.
fn imported(user: &UserId) -> Vec<Effect> {
    let outcomes = [
        RowOutcome::Created,
        RowOutcome::Added,
        RowOutcome::Updated,
        RowOutcome::Unchanged,
        RowOutcome::NeedsDecision(MatchOutcome::Exact),
        RowOutcome::NeedsDecision(MatchOutcome::EmailButDetailsDiffer),
        RowOutcome::NeedsDecision(MatchOutcome::NamesAndBirthDateButEmailDiffers),
        RowOutcome::NeedsDecision(MatchOutcome::NameOnly),
        RowOutcome::Refused(Reason::RankTooLow),
        RowOutcome::NotLookedAt,
    ];
    let row = |(line, outcome): (u32, RowOutcome)| ImportedRow {
        line,
        outcome,
        user: (line % 2 == 0).then(|| user.clone()),
        sight: if line % 3 == 0 { RowSight::Beyond } else { RowSight::Within },
        fields: vec!["email".to_owned(); usize::try_from(line % 3).unwrap()],
        detail: "why".repeat(usize::try_from(line % 2).unwrap()),
    };
    (2..).zip(outcomes).map(|row_| Effect::Imported(Box::new(row(row_)))).collect()
}

#[test]
fn effects_and_headers_come_back() {
    let state = state("cmg-2012");
    let names = Names::of(&state);
    let (user, number, unit) = (user("m"), 4, UnitIx(2));
    let effects = vec![
        Effect::EndedExclusive { user: user.clone(), number },
        Effect::ReactivatedElsewhere { user: user.clone(), number },
        Effect::GrantReactivatedElsewhere { user: user.clone(), system: SystemIx(1) },
        Effect::ReportingRoleCleared { user: user.clone() },
        Effect::Enabled { user: user.clone() },
        Effect::Suspended { user: user.clone(), number },
        Effect::RemainsFromAbove { user: user.clone(), number },
        Effect::CaseEnded { user: user.clone(), customer: customer("c9"), unit },
        Effect::BelowMinimum { unit },
        Effect::CredentialsRevoked { user: user.clone() },
        Effect::ActivationMailed { user: user.clone() },
    ]
    .into_iter()
    .chain(imported(&user))
    .collect::<Vec<_>>();
    let command = Command {
        actor: Actor::User(user.clone()),
        caller: "keys/k-1".to_owned(),
        reason: Some("because".to_owned()),
        may_remove_last_manager: true,
        expects: None,
        spares: Spares::default(),
        body: Body::SetStatus(RealmStatus::Active),
    };
    let about = (Revision(7), at(8));
    let (bytes, personal) =
        Header::encode(&command, Some("q-1"), about, (3, &effects), &names, salts).unwrap();
    let header = Header::decode(&bytes, &names).unwrap();
    assert_eq!(header.effects, effects);
    assert_eq!((header.actor, header.caller.as_str()), (Some(user), "keys/k-1"));
    // What callers call a command stands with the reason, and not in what is hashed.
    assert_eq!((header.command, header.request_id), ("ThawRealm", None));
    assert!(!bytes.windows(3).any(|window| window == b"q-1"));
    assert_eq!(Header::outline(&bytes).unwrap(), (Revision(7), at(8), 3));
    let said = Header::said(personal.as_ref()).unwrap();
    assert_eq!((said.reason.as_deref(), said.request_id.as_deref()), (Some("because"), Some("q-1")));
    for (reason, request) in [(Some("because"), None), (None, Some("q-1")), (None, None)] {
        let command = Command { reason: reason.map(str::to_owned), ..command.clone() };
        let (_, personal) = Header::encode(&command, request, about, (3, &effects), &names, salts).unwrap();
        assert_eq!(personal.is_none(), reason.or(request).is_none());
        let said = Header::said(personal.as_ref()).unwrap();
        assert_eq!((said.reason.as_deref(), said.request_id.as_deref()), (reason, request));
    }
    // Older versions wrote it into the header.
    let mut old = log::Change::decode(bytes.as_slice()).unwrap();
    old.request_id = "q-1".to_owned();
    let old = Header::decode(&old.encode_to_vec(), &names).unwrap();
    assert_eq!(old.request_id.as_deref(), Some("q-1"));
}

#[test]
fn names_that_do_not_resolve_are_damage() {
    let whole = state("cmg-2012");
    let stored: Vec<StoredEvent> =
        events(&whole).iter().map(|event| encode(event, &Names::of(&whole), salts).unwrap()).collect();
    // Nobody and nothing is known.
    let empty = State::unborn(whole.realm.clone(), Arc::clone(&whole.scheme));
    for kind in [EntityKind::Unit, EntityKind::Access, EntityKind::Caseload, EntityKind::Placements] {
        let of_kind = stored.iter().find(|event| event.kind == kind).unwrap();
        assert!(decode(of_kind, &Names::of(&empty)).is_err(), "{kind:?}");
    }
    // Other rules do not know the roles.
    let other = state("dei-teams");
    assert!(decode(&stored[3], &Names::of(&other)).is_err());
    // Another realm's log.
    let mut elsewhere = whole.clone();
    elsewhere.realm = RealmId::parse("q").unwrap();
    assert!(decode(&stored[0], &Names::of(&elsewhere)).is_err());
    // Filed under another name or kind.
    let misfiled = StoredEvent { entity: "u1".to_owned(), ..stored[2].clone() };
    assert!(decode(&misfiled, &Names::of(&whole)).is_err());
    let misfiled = StoredEvent { kind: EntityKind::Access, ..stored[2].clone() };
    assert!(decode(&misfiled, &Names::of(&whole)).is_err());
}

#[test]
fn values_of_another_version_are_damage() {
    let state = state("eto");
    let names = Names::of(&state);
    let spoil = |spoil: fn(&mut log::Access)| {
        let stored = encode(&events(&state)[3], &names, salts).unwrap();
        let Some(log::event::Entity::Access(mut access)) = log::Event::decode(&*stored.body).unwrap().entity
        else {
            panic!()
        };
        spoil(&mut access);
        let entity = Some(log::event::Entity::Access(access));
        let body = log::Event { entity, personal_digest: Vec::new() }.encode_to_vec();
        decode(&StoredEvent { body, ..stored }, &names)
    };
    assert!(spoil(|_| {}).is_ok());
    assert!(spoil(|access| access.assignments[0].user_management = 99).is_err());
    assert!(spoil(|access| access.assignments[0].user_management = 0).is_err());
    assert!(spoil(|access| access.assignments[0].scope = None).is_err());
    assert!(spoil(|access| access.assignments[0].starts_at = Some(i64::MAX)).is_err());
    assert!(spoil(|access| access.assignments[0].suspension.as_mut().unwrap().cause = 0).is_err());
    assert!(spoil(|access| access.home_unit.clear()).is_err());
    assert!(spoil(|access| access.reporting_role = "gone".to_owned()).is_err());
    assert!(spoil(|access| access.assignments[0].exempt_units.push("nowhere".to_owned())).is_err());
}

/// Bytes that are cut short or changed are read as something or refused, and never bring the reader down.
#[test]
fn any_bytes_are_survived() {
    let state = state("cmg-2012");
    let names = Names::of(&state);
    for event in events(&state) {
        let stored = encode(&event, &names, salts).unwrap();
        let body = &stored.body[..stored.body.len().min(600)];
        for cut in 0..body.len() {
            let _ = decode(&StoredEvent { body: body[..cut].to_vec(), ..stored.clone() }, &names);
            for bit in [0x01, 0x80, 0xff] {
                let mut changed = stored.body.clone();
                changed[cut] ^= bit;
                let _ = decode(&StoredEvent { body: changed, ..stored.clone() }, &names);
            }
        }
    }
}

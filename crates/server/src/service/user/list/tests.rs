//! Lists beside what each person is shown as, one by one: with limits so small that every way of finding people is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::{Field, RealmId, UnitId, UserId};
use bailiwick_policy::scheme::{Scheme, shipped};
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, LoadItem, ManageUser, NewUnit, NewUser, OptionsSpec, Patch,
    ScopeSpec, Spares, UserChange,
};
use bailiwick_store::{Location, Store, StoreOptions, UserKey};

use super::*;

const REALM: &str = "realms/dei";
const PEOPLE: usize = 96;
/// From the least that goes on at all to what is usual.
const LIMITS: [Limits; 4] = [
    Limits { portion: 3, rows: 3, by_table: 0, few: 0, walked_for_one: 0, many: 0 },
    Limits { portion: 4, rows: 8, by_table: 6, few: 0, walked_for_one: 0, many: 20 },
    Limits { portion: 7, rows: 21, by_table: 12, few: 9, walked_for_one: 0, many: 1_000 },
    Limits::USUAL,
];
/// Each unit with its parent.
const UNITS: [(&str, &str, &str); 8] = [
    ("s", "state", ""),
    ("r0", "region", "s"),
    ("r1", "region", "s"),
    ("r2", "region", "s"),
    ("t0", "team", "r0"),
    ("t1", "team", "r1"),
    ("t2", "team", "r2"),
    ("t3", "team", "r0"),
];
const TYPES: [&str; 3] = ["K-12", "Employer", "Support Service"];

fn operator(body: Body) -> Command {
    Command {
        actor: Actor::Operator,
        caller: "test".to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

fn unit(number: usize, (id, kind, parent): (&str, &str, &str)) -> LoadItem {
    let parents = (!parent.is_empty()).then(|| UnitId::parse(parent).unwrap());
    let name = if kind == "team" { format!("Region - Team {number}") } else { id.to_owned() };
    let unit = NewUnit {
        id: UnitId::parse(id).unwrap(),
        kind: kind.to_owned(),
        name,
        description: String::new(),
        parents: parents.into_iter().collect(),
    };
    LoadItem::Unit { unit, archived: false }
}

fn assign(at: &str, role: &str, user_type: Option<&str>) -> UserChange {
    let user_type = user_type.map_or(Patch::Keep, |name| Patch::Set(name.to_owned()));
    let options = OptionsSpec { scope: Some(ScopeSpec::All), user_type, ..OptionsSpec::default() };
    UserChange::Assign(AssignmentSpec {
        unit: UnitId::parse(at).unwrap(),
        seat: bailiwick_realm::Seat::There,
        role: role.to_owned(),
        options,
    })
}

/// People of three regions, many with something in another: whoever sees the one does not see the other.
fn person(number: usize) -> LoadItem {
    let (last, first) = (["Zeta", "Able", "Mid"][number % 3], ["Jo", "Al"][number % 2]);
    let fields = BTreeMap::from([
        (Field::FirstName, first.to_owned()),
        (Field::LastName, format!("{last}{}", number % 5)),
        (Field::Email, format!("u{number}@example.org")),
        (Field::Location, "Here".to_owned()),
    ]);
    let region = number % 3;
    let home = UnitId::parse(&format!("r{region}")).unwrap();
    let new = NewUser { home, username: None, fields, external_ids: BTreeMap::new() };
    let mut changes = vec![UserChange::Create(new)];
    let role = |n: usize| if n.is_multiple_of(4) { "career-planner" } else { "partner" };
    let label = |n: usize| TYPES.get(n % 4).copied().or(Some("K-12"));
    if !number.is_multiple_of(8) {
        changes.push(assign(&format!("r{region}"), role(number), label(number)));
    }
    if number.is_multiple_of(5) {
        changes.push(assign(&format!("r{}", (region + 1) % 3), role(number + 1), label(number + 1)));
    }
    if number.is_multiple_of(7) {
        changes.push(assign(&format!("t{}", number % 4), role(number / 7), label(number + 2)));
    }
    if number % 13 == 5 {
        changes.push(UserChange::Disable);
    }
    let user = UserId::parse(&format!("u{number}")).unwrap();
    LoadItem::User(ManageUser { user, etag: None, handles: Vec::new(), changes })
}

fn boss() -> LoadItem {
    let LoadItem::User(mut boss) = person(1) else { panic!("a user") };
    boss.user = UserId::parse("boss").unwrap();
    let Some(UserChange::Create(new)) = boss.changes.first_mut() else { panic!("a creation") };
    new.fields.insert(Field::Email, "boss@example.org".to_owned());
    boss.changes.truncate(1);
    boss.changes.push(assign("s", "super-user", None));
    LoadItem::User(boss)
}

async fn settled() -> Backend {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 }).await.unwrap();
    let text = shipped().iter().find(|(name, _)| *name == "dei-teams").unwrap().1;
    let scheme = Arc::new(Scheme::parse(text).unwrap());
    let units = UNITS.iter().enumerate().map(|(number, &row)| unit(number, row));
    let items = units.chain([boss()]).chain((0..PEOPLE).map(person)).collect();
    let realm = RealmId::parse("dei").unwrap();
    for body in [Body::CreateRealm { title: "Dei".to_owned(), scheme }, Body::Load(items)] {
        store.submit(realm.clone(), operator(body), None).await.unwrap();
    }
    Backend::new(store, Duration::from_secs(60)).unwrap()
}

/// Everybody whom an actor sees, as they see them.
async fn seen(backend: &Backend, actor: &str) -> Vec<v1::User> {
    let caller = Caller::local_operator();
    let reader = backend.reader(&caller, backend.newest(&caller, REALM).unwrap(), actor).unwrap();
    let mut all = Vec::new();
    for id in (0..PEOPLE).map(|n| format!("u{n}")).chain(["boss".to_owned()]) {
        let key = UserKey::Id(UserId::parse(&id).unwrap());
        let row = backend.store.user(&reader.state.realm, &key).await.unwrap().unwrap();
        all.extend(view::user(&reader, &row));
    }
    all
}

fn is_within(unit: &str, above: &str) -> bool {
    let parent = |unit: &str| UNITS.iter().find(|row| row.0 == unit).map(|row| row.2);
    std::iter::successors(Some(unit), |unit| parent(unit).filter(|p| !p.is_empty())).any(|unit| unit == above)
}

fn at(held: &v1::Assignment) -> &str {
    held.unit.strip_prefix("units/").unwrap()
}

/// Whether a person is wanted, by what is shown of them.
fn fits(request: &v1::ListUsersRequest, user: &v1::User) -> bool {
    let unit = request.unit.strip_prefix("units/").filter(|_| !request.show_all_units);
    let wanted = |held: &v1::Assignment| {
        (request.role.is_empty() || held.role == request.role)
            && (request.user_type.is_empty() || held.options.clone().unwrap().user_type == request.user_type)
            && unit.is_none_or(|unit| match request.only_at_unit {
                true => at(held) == unit,
                false => is_within(at(held), unit) || is_within(unit, at(held)),
            })
    };
    let anything = request.role.is_empty() && request.user_type.is_empty() && unit.is_none();
    let last = user.profile.clone().unwrap().last_name.to_lowercase();
    let from = request.created_from.map(|at| (at.seconds, at.nanos));
    (request.show_disabled || user.state() == v1::UserState::Active)
        && (anything || user.assignments.iter().any(wanted))
        && last.starts_with(&request.last_name_prefix.to_lowercase())
        && from <= user.create_time.map(|at| (at.seconds, at.nanos))
}

/// By what people are sorted; of who is equal, by name.
fn key(request: &v1::ListUsersRequest, user: &v1::User) -> (u32, String, String, String) {
    let profile = user.profile.clone().unwrap();
    let rank = |held: &v1::Assignment| held.rank.unwrap_or(1);
    let there = user.assignments.iter().filter(|held| held.unit == request.unit);
    let name = (profile.last_name.to_lowercase(), profile.first_name.to_lowercase(), user.name.clone());
    match request.order_by.trim_end_matches(" desc") {
        "role" => (there.map(rank).max().unwrap_or(0), name.0, name.1, name.2),
        "username" => (0, user.username.to_lowercase(), String::new(), String::new()),
        _ => (0, name.0, name.1, name.2),
    }
}

fn expected(request: &v1::ListUsersRequest, seen: &[v1::User]) -> Vec<String> {
    let mut users: Vec<&v1::User> = seen.iter().filter(|user| fits(request, user)).collect();
    users.sort_by_key(|user| key(request, user));
    if request.order_by.ends_with(" desc") {
        users.reverse();
        if request.order_by.starts_with("role") {
            // From the greatest rank down, and from the greatest name.
            users.sort_by_key(|user| std::cmp::Reverse(key(request, user)));
        }
    }
    users.into_iter().map(|user| user.name.clone()).collect()
}

async fn listed(backend: &Backend, request: &v1::ListUsersRequest, limits: Limits) -> Vec<v1::User> {
    let mut request = request.clone();
    let (mut all, mut pages) = (Vec::new(), 0);
    loop {
        let page = list_within(backend, &Caller::local_operator(), request.clone(), limits).await.unwrap();
        all.extend(page.users);
        pages += 1;
        assert!(pages < 1_000, "a list without an end: {request:?}");
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

fn requests(actor: &str) -> Vec<v1::ListUsersRequest> {
    let plain = v1::ListUsersRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        page_size: 5,
        ..Default::default()
    };
    let mut all = Vec::new();
    for order in ["last_name", "last_name desc", "username"] {
        for show_disabled in [false, true] {
            let plain = v1::ListUsersRequest { order_by: order.to_owned(), show_disabled, ..plain.clone() };
            all.push(plain.clone());
            all.extend(
                ["partner", "career-planner", "super-user"]
                    .map(|role| v1::ListUsersRequest { role: role.to_owned(), ..plain.clone() }),
            );
            all.extend(
                TYPES.map(|name| v1::ListUsersRequest { user_type: name.to_owned(), ..plain.clone() }),
            );
            all.extend(
                ["able", "Zeta3", "q"].map(|prefix| v1::ListUsersRequest {
                    last_name_prefix: prefix.to_owned(),
                    ..plain.clone()
                }),
            );
            all.push(v1::ListUsersRequest {
                role: "partner".to_owned(),
                user_type: "Employer".to_owned(),
                last_name_prefix: "mid".to_owned(),
                ..plain
            });
        }
    }
    for unit in ["s", "r0", "r1", "t0"] {
        for order in ["role", "role desc", "last_name", "username desc"] {
            for (shown, role) in (0..3).flat_map(|shown| [(shown, ""), (shown, "partner")]) {
                all.push(v1::ListUsersRequest {
                    unit: format!("units/{unit}"),
                    order_by: order.to_owned(),
                    show_all_units: shown == 1,
                    only_at_unit: shown == 2,
                    role: role.to_owned(),
                    ..plain.clone()
                });
            }
        }
    }
    all
}

/// Whoever reads, whatever they ask for, and however it is found: exactly those who fit by what the reader sees of them, in
/// order, each once; and each as they are shown alone.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_what_is_seen_one_by_one() {
    let backend = settled().await;
    let mut reached = BTreeSet::new();
    for actor in ["", "users/boss", "users/u4", "users/u28", "users/u1"] {
        let seen = seen(&backend, actor).await;
        let in_part = seen.iter().filter(|user| user.other_assignments > 0).count();
        reached.insert((seen.len(), in_part > 0));
        for request in requests(actor) {
            let unit = request.unit.strip_prefix("units/").unwrap_or_default();
            let held =
                |user: &v1::User| user.assignments.iter().map(|a| at(a).to_owned()).collect::<Vec<_>>();
            let own = seen.iter().find(|user| user.name == actor).map(held).unwrap_or_default();
            let sees_unit = own.iter().any(|own| is_within(own, unit) || is_within(unit, own));
            if !unit.is_empty() && !actor.is_empty() && !sees_unit {
                continue;
            }
            let wanted = expected(&request, &seen);
            for limits in LIMITS {
                let found = listed(&backend, &request, limits).await;
                let names: Vec<String> = found.iter().map(|user| user.name.clone()).collect();
                assert_eq!(names, wanted, "{request:?} {limits:?}");
                for user in found {
                    assert!(seen.contains(&user), "{user:?} is shown otherwise alone");
                }
            }
        }
    }
    // Readers who see everybody, some, some of them in part, and nobody but themselves.
    assert!(reached.contains(&(1, false)) && reached.iter().any(|(_, in_part)| *in_part), "{reached:?}");
}

/// Who sees nobody learns nothing from how a list ends: there is one page, whatever is asked and however much is there.
#[tokio::test(flavor = "multi_thread")]
async fn who_sees_nobody_is_given_no_page_to_go_on() {
    let backend = settled().await;
    for limits in LIMITS.into_iter().skip(1) {
        for request in requests("users/u1") {
            let request = v1::ListUsersRequest {
                unit: String::new(),
                show_all_units: false,
                only_at_unit: false,
                ..request
            };
            if request.order_by.starts_with("role") {
                continue;
            }
            let limits = Limits { few: limits.few.max(1), ..limits };
            let page =
                list_within(&backend, &Caller::local_operator(), request.clone(), limits).await.unwrap();
            assert_eq!(page.next_page_token, "", "{request:?} {limits:?}");
        }
    }
}

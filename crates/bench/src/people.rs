//! A generated world of many people under the `illinois-worknet` scheme, as the commands that load it.
//!
//! One state, areas of ten organizations, a thousand people in each. Names repeat as names do; a few hold nothing. One
//! manager administers ten organizations: ten thousand people, however many there are besides.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{Field, UnitId, UserId};
use bailiwick_membership::UserManagement;
use bailiwick_policy::scheme::{Scheme, shipped};
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, LoadItem, ManageUser, NewUnit, NewUser, OptionsSpec, Patch,
    ScopeSpec, Seat, Spares, UserChange,
};

use crate::random::Random;
use crate::world::Fault;

const SCHEME: &str = "illinois-worknet";
/// People of an organization.
pub const IN_ORGANIZATION: u32 = 1_000;
/// Organizations that the one manager administers.
pub const MANAGED: u32 = 10;
/// So many items at a time: two changes each at most.
const ITEMS: usize = 500;
const FIRST: [&str; 24] = [
    "Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gail", "Hugo", "Ines", "Jon", "Kim", "Lou", "Mia", "Ned",
    "Ola", "Pia", "Quin", "Rosa", "Sam", "Tess", "Ugo", "Vera", "Will", "Zoe",
];
const ONSETS: [&str; 16] = ["B", "Br", "C", "D", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T", "W"];
const MIDDLES: [&str; 12] = ["a", "e", "i", "o", "u", "al", "en", "ir", "on", "ur", "am", "ed"];
const ENDS: [&str; 20] = [
    "bach", "ber", "dale", "den", "field", "ford", "gart", "holm", "ing", "ker", "ley", "man", "nau", "son",
    "stad", "sten", "ton", "vall", "well", "witz",
];
const TITLES: [&str; 3] = ["Program Staff", "LWIA Manager", "Organization Administrator"];

/// A person of the world, as far as questions need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The id.
    pub id: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The birth date.
    pub birth_date: String,
    /// The e-mail address.
    pub email: String,
    /// The organization.
    pub organization: String,
}

/// The person of a number.
#[must_use]
pub fn person(number: u32) -> Known {
    let mut random = Random::new(u64::from(number) ^ 0x00be_0000);
    let first_name = pick(&FIRST, &mut random).to_owned();
    let last_name =
        format!("{}{}{}", pick(&ONSETS, &mut random), pick(&MIDDLES, &mut random), pick(&ENDS, &mut random));
    let (year, month, day) = (1950 + random.below(50), 1 + random.below(12), 1 + random.below(28));
    Known {
        id: format!("u-{number}"),
        email: format!("{first_name}.{last_name}.{number}@example.org").to_lowercase(),
        first_name,
        last_name,
        birth_date: format!("{year}-{month:02}-{day:02}"),
        organization: organization(number / IN_ORGANIZATION),
    }
}

fn pick(words: &[&'static str], random: &mut Random) -> &'static str {
    let end = u32::try_from(words.len()).unwrap_or(1);
    words.get(random.below(end) as usize).copied().unwrap_or_default()
}

fn organization(number: u32) -> String {
    format!("org-{number}")
}

/// The one who manages ten organizations.
pub const MANAGER: &str = "manager";
/// The one who sees everybody.
pub const STAFF: &str = "program-admin";

/// What a world of so many people is made of, in commands; the first brings the realm into being.
///
/// # Errors
/// When the scheme that ships does not compile.
pub fn commands(people: u32) -> Result<impl Iterator<Item = Result<Command, Fault>> + use<>, Fault> {
    let text = shipped().iter().find(|(name, _)| *name == SCHEME).map_or("", |(_, text)| text);
    let scheme = Scheme::parse(text).map(Arc::new).map_err(|faults| Fault(format!("{faults:?}")))?;
    let create = Body::CreateRealm { title: "People".to_owned(), scheme };
    let mut items = units(people).chain(managers()).chain((0..people).map(member));
    let parts = std::iter::from_fn(move || {
        let part: Result<Vec<_>, _> = items.by_ref().take(ITEMS).collect();
        match part {
            Ok(part) if part.is_empty() => None,
            Ok(part) => Some(Ok(operator(Body::Load(part)))),
            Err(fault) => Some(Err(fault)),
        }
    });
    Ok(std::iter::once(Ok(operator(create))).chain(parts))
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

fn units(people: u32) -> impl Iterator<Item = Result<LoadItem, Fault>> {
    let organizations = people.div_ceil(IN_ORGANIZATION);
    let top = std::iter::once(unit("state".to_owned(), "state", None));
    let areas = (0..organizations.div_ceil(10))
        .map(|area| unit(format!("area-{area}"), "lwia", Some("state".to_owned())));
    let below =
        (0..organizations).map(|n| unit(organization(n), "organization", Some(format!("area-{}", n / 10))));
    top.chain(areas).chain(below)
}

fn unit(id: String, kind: &str, parent: Option<String>) -> Result<LoadItem, Fault> {
    let parents = parent.iter().map(|id| UnitId::parse(id)).collect::<Result<_, _>>()?;
    let unit = NewUnit {
        name: id.clone(),
        id: UnitId::parse(&id)?,
        kind: kind.to_owned(),
        description: String::new(),
        parents,
    };
    Ok(LoadItem::Unit { unit, archived: false })
}

fn managers() -> impl Iterator<Item = Result<LoadItem, Fault>> {
    let administers = (0..MANAGED).map(organization).collect();
    let manager = user(
        MANAGER,
        &organization(0),
        BTreeMap::new(),
        "service-provider-program-administrator",
        administers,
    );
    let staff = user(STAFF, "state", BTreeMap::new(), "program-admin-staff", vec!["state".to_owned()]);
    [manager, staff].into_iter()
}

fn member(number: u32) -> Result<LoadItem, Fault> {
    let Known { id, first_name, last_name, birth_date, email, organization } = person(number);
    let fields = BTreeMap::from([
        (Field::FirstName, first_name),
        (Field::LastName, last_name),
        (Field::BirthDate, birth_date),
        (Field::Email, email),
    ]);
    // One in fifty holds nothing, and is found by the home unit.
    let held = if number % 50 == 49 { Vec::new() } else { vec![organization.clone()] };
    user(&id, &organization, fields, "public-viewer", held)
}

fn user(
    id: &str,
    home: &str,
    mut fields: BTreeMap<Field, String>,
    role: &str,
    at: Vec<String>,
) -> Result<LoadItem, Fault> {
    fields.entry(Field::FirstName).or_insert_with(|| id.to_owned());
    fields.entry(Field::LastName).or_insert_with(|| id.to_owned());
    let new = NewUser { home: UnitId::parse(home)?, username: None, fields, external_ids: BTreeMap::new() };
    let mut changes = vec![UserChange::Create(new)];
    for unit in at {
        let title = TITLES.get(id.len() % TITLES.len()).copied().unwrap_or_default();
        let options = OptionsSpec {
            scope: Some(ScopeSpec::All),
            user_type: Patch::Set(title.to_owned()),
            user_management: (role == "service-provider-program-administrator")
                .then_some(UserManagement::Manage),
            ..OptionsSpec::default()
        };
        changes.push(UserChange::Assign(AssignmentSpec {
            unit: UnitId::parse(&unit)?,
            seat: Seat::There,
            role: role.to_owned(),
            options,
        }));
    }
    Ok(LoadItem::User(ManageUser { user: UserId::parse(id)?, etag: None, handles: Vec::new(), changes }))
}

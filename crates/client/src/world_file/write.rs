//! Writing a world file: the other direction, for worlds that a program makes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item as Kind;
use prost_types::Timestamp;

/// A document that [`World::parse`](super::World::parse) reads as these items, in the order in which it puts them.
/// Items that say nothing (`item` unset) are left out; archived units come back as units to be archived.
#[must_use]
pub fn write(title: &str, scheme: &str, items: &[v1::LoadItem]) -> String {
    let mut sorted = Sorted::default();
    for item in items.iter().filter_map(|item| item.item.as_ref()) {
        sorted.take(item);
    }
    let mut out = String::new();
    for (key, value) in [("title", title), ("scheme", scheme)] {
        if !value.is_empty() {
            line(&mut out, &format!("{key} = {}", quoted(value)));
        }
    }
    line(&mut out, "\n[units]");
    for unit in &sorted.units {
        line(&mut out, &unit_line(unit));
    }
    for user in &sorted.users {
        write_user(&mut out, user, &sorted);
    }
    line(&mut out, "\n[customers]");
    for (customer, (enrolled, dismissed)) in &sorted.customers {
        let lists = [list("enrolled", enrolled), list("dismissed", dismissed)];
        line(&mut out, &format!("{} = {}", key(customer), table(lists)));
    }
    out
}

/// The items by what they are about.
#[derive(Default)]
struct Sorted<'a> {
    units: Vec<&'a v1::LoadUnit>,
    users: Vec<&'a v1::LoadUser>,
    customers: BTreeMap<&'a str, (Vec<String>, Vec<String>)>,
    cases: BTreeMap<&'a str, BTreeMap<&'a str, Vec<String>>>,
    grants: BTreeMap<&'a str, Vec<&'a v1::GrantSystem>>,
}

impl<'a> Sorted<'a> {
    fn take(&mut self, item: &'a Kind) {
        match item {
            Kind::Unit(unit) => self.units.push(unit),
            Kind::User(user) => self.users.push(user),
            Kind::Placement(placement) => {
                let (enrolled, dismissed) = self.customers.entry(id(&placement.customer)).or_default();
                let dismissal = placement.state() == v1::PlacementState::Dismissed;
                let list = if dismissal { dismissed } else { enrolled };
                list.push(placement.unit.clone());
            }
            Kind::CaseloadEntry(entry) => {
                if let Some(case) = &entry.entry {
                    let units = self.cases.entry(&entry.user).or_default();
                    units.entry(id(&case.unit)).or_default().push(case.customer.clone());
                }
            }
            Kind::Grant(grant) => self.grants.entry(&grant.user).or_default().extend(&grant.grant),
        }
    }
}

fn unit_line(unit: &v1::LoadUnit) -> String {
    let fields = [
        text("kind", &unit.kind),
        text("name", &unit.display_name),
        text("description", &unit.description),
        list("in", &unit.parents),
        flag("archived", unit.archived),
    ];
    format!("{} = {}", key(id(&unit.unit)), table(fields))
}

fn write_user(out: &mut String, user: &v1::LoadUser, sorted: &Sorted<'_>) {
    line(out, &format!("\n[users.{}]", key(id(&user.user))));
    let profile = user.profile.clone().unwrap_or_default();
    let external: Vec<Option<String>> = {
        let ordered: BTreeMap<_, _> = profile.external_ids.iter().collect();
        ordered.into_iter().map(|(name, value)| Some(format!("{} = {}", key(name), quoted(value)))).collect()
    };
    let fields = [
        text("username", &user.username),
        text("prefix", &profile.prefix),
        text("first_name", &profile.first_name),
        text("middle_initial", &profile.middle_initial),
        text("last_name", &profile.last_name),
        text("suffix", &profile.suffix),
        text("email", &profile.email),
        text("birth_date", &profile.birth_date),
        text("work_phone", &profile.work_phone),
        text("cell_phone", &profile.cell_phone),
        text("pager", &profile.pager),
        text("zip", &profile.zip),
        text("location", &profile.location),
        text("line_manager", id(&profile.line_manager)),
        text("provider_subject", &profile.provider_subject),
        (!external.is_empty()).then(|| format!("external_ids = {}", table(external))),
        text("home", id(&user.home_unit)),
        text("reporting_role", &user.reporting_role),
        text("own_record", id(&user.own_record)),
        text("same_person", id(&user.same_person)),
        flag("clearance", user.clearance),
        flag("disabled", user.disabled),
    ];
    for field in fields.into_iter().flatten() {
        line(out, &field);
    }
    let held = user.assignments.iter().map(assignment_table).collect();
    write_tables(out, "assignments", held);
    let granted =
        sorted.grants.get(user.user.as_str()).into_iter().flatten().map(|grant| grant_table(grant)).collect();
    write_tables(out, "grants", granted);
    if let Some(units) = sorted.cases.get(user.user.as_str()) {
        let units = units.iter().map(|(unit, customers)| Some(format!("{} = {}", key(unit), ids(customers))));
        line(out, &format!("caseload = {}", table(units)));
    }
}

fn write_tables(out: &mut String, key: &str, tables: Vec<String>) {
    if tables.is_empty() {
        return;
    }
    line(out, &format!("{key} = ["));
    for table in tables {
        line(out, &format!("  {table},"));
    }
    line(out, "]");
}

fn assignment_table(assign: &v1::Assign) -> String {
    use v1::assignment_options::Scope;
    let options = assign.options.clone().unwrap_or_default();
    let scope = options.scope.as_ref().map(|scope| match scope {
        Scope::All(_) => r#"scope = "all""#.to_owned(),
        Scope::Only(only) => format!("only = {}", ids(&only.units)),
    });
    let management = match options.user_management() {
        v1::UserManagement::Unspecified => "",
        v1::UserManagement::None => "none",
        v1::UserManagement::View => "view",
        v1::UserManagement::Manage => "manage",
    };
    table([
        text("unit", id(&assign.unit)),
        text("role", &assign.role),
        scope,
        text("default_unit", id(&options.default_unit)),
        text("user_type", &options.user_type),
        text("user_management", management),
        flag("caseload_only", options.caseload_only),
        list("exempt_units", &options.exempt_units),
        list("own_caseload_units", &options.own_caseload_units),
        list("others_caseload_units", &options.others_caseload_units),
        instant("starts_at", options.starts_at.as_ref()),
        instant("ends_at", options.ends_at.as_ref()),
        text("note", &options.note),
    ])
}

fn grant_table(grant: &v1::GrantSystem) -> String {
    table([
        text("system", id(&grant.system)),
        instant("starts_at", grant.starts_at.as_ref()),
        instant("ends_at", grant.ends_at.as_ref()),
        text("reason", &grant.reason),
    ])
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn table(fields: impl IntoIterator<Item = Option<String>>) -> String {
    let fields: Vec<String> = fields.into_iter().flatten().collect();
    format!("{{ {} }}", fields.join(", "))
}

fn text(key: &str, value: &str) -> Option<String> {
    (!value.is_empty()).then(|| format!("{key} = {}", quoted(value)))
}

fn flag(key: &str, value: bool) -> Option<String> {
    value.then(|| format!("{key} = true"))
}

fn instant(key: &str, value: Option<&Timestamp>) -> Option<String> {
    value.map(|value| format!("{key} = \"{value}\""))
}

fn list(key: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("{key} = {}", ids(names)))
}

fn ids(names: &[String]) -> String {
    let ids: Vec<String> = names.iter().map(|name| quoted(id(name))).collect();
    format!("[{}]", ids.join(", "))
}

/// The id in a name: `north` of `units/north`.
fn id(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, id)| id)
}

fn key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if bare { key.to_owned() } else { quoted(key) }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

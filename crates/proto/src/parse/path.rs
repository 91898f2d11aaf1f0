//! From the domain back to the wire: where in the request the argument is that a refusal is about.

use bailiwick_identity::Field;
use bailiwick_realm::{Body, CaseloadChange, LoadItem, ManageUser, Refusal, RequestCommand, UserChange};

/// Where the arguments of a command stand in its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paths {
    /// A ManageUser: the names of its changes.
    Changes(Vec<&'static str>),
    /// A load: the names of its items.
    Items(Vec<&'static str>),
    /// An UpdateCaseload, which takes so many entries off before it adds others.
    Caseload(usize),
    /// What a request is to ask for: the names of the changes of each person.
    Content(Vec<Vec<&'static str>>),
    /// Requests that are submitted together: what they lack stands in none of the fields.
    Submitted,
    /// A command of its own: its fields.
    Flat,
}

impl Paths {
    /// Where a command's arguments stand.
    #[must_use]
    pub fn of(body: &Body) -> Self {
        match body {
            Body::ManageUser(manage) => Self::Changes(manage.changes.iter().map(change_name).collect()),
            Body::Request(what) => Self::of_request(what),
            Body::Load(items) => Self::Items(items.iter().map(item_name).collect()),
            Body::UpdateCaseload { changes, .. } => {
                Self::Caseload(changes.iter().filter(|c| matches!(c, CaseloadChange::Remove { .. })).count())
            }
            Body::CreateRealm { .. }
            | Body::EraseUser(_)
            | Body::IssueSecret(_)
            | Body::RedeemSecret(_)
            | Body::SetStatus(_)
            | Body::PutScheme(_)
            | Body::CreateUnit(_)
            | Body::UpdateUnit { .. }
            | Body::MoveUnit { .. }
            | Body::ArchiveUnit(_)
            | Body::RestoreUnit(_)
            | Body::PlaceCustomer { .. }
            | Body::DismissCustomer { .. }
            | Body::RemovePlacement { .. }
            | Body::Review(_)
            // What its rows are refused for is told of each.
            | Body::ImportUsers(_) => Self::Flat,
        }
    }

    fn of_request(what: &RequestCommand) -> Self {
        match what {
            RequestCommand::Create { content, .. } | RequestCommand::Update { content, .. } => {
                let names = |person: &ManageUser| person.changes.iter().map(change_name).collect();
                Self::Content(content.people.iter().map(names).collect())
            }
            RequestCommand::Submit(_) => Self::Submitted,
            RequestCommand::Withdraw(_)
            | RequestCommand::Decide { .. }
            | RequestCommand::CarryOut(_)
            | RequestCommand::Due(_) => Self::Flat,
        }
    }

    /// The path of what a refusal is about: a field, a change, or the whole request (empty).
    #[must_use]
    pub fn path(&self, refusal: &Refusal) -> String {
        let field = refusal.field.as_deref();
        match (self, refusal.change) {
            (Self::Items(names), Some(index)) => {
                let name = names.get(index).copied().unwrap_or_default();
                match field {
                    Some(field) => format!("items[{index}].{name}{}", loaded(name, field)),
                    None => format!("items[{index}]"),
                }
            }
            (Self::Caseload(removed), Some(index)) => match index.checked_sub(*removed) {
                Some(added) => format!("add[{added}]"),
                None => format!("remove[{index}]"),
            },
            (Self::Changes(names), Some(index)) => changed("", names, index, field),
            (Self::Content(people), Some(index)) => {
                let person = usize::from(refusal.person.unwrap_or_default());
                let names = people.get(person).map_or(&[][..], Vec::as_slice);
                changed(&format!("content.users[{person}]."), names, index, field)
            }
            (Self::Content(_), None) => field.map(asked).unwrap_or_default(),
            (Self::Submitted, _) => {
                field.and_then(|field| field.split('.').next()).unwrap_or_default().to_owned()
            }
            // A request says in its content what was wrong with it.
            (Self::Flat, Some(_)) => String::new(),
            (Self::Items(_) | Self::Caseload(_) | Self::Changes(_) | Self::Flat, None) => {
                field.map(flat).unwrap_or_default().to_owned()
            }
        }
    }
}

/// The path of a change, or of a field of it, which stands in `place`.
fn changed(place: &str, names: &[&'static str], index: usize, field: Option<&str>) -> String {
    let name = names.get(index).copied().unwrap_or_default();
    match field {
        Some("reason") if !["grant_system", "amend_grant"].contains(&name) => "reason".to_owned(),
        Some(field) => format!("{place}changes[{index}].{name}.{}", within(name, field)),
        None => format!("{place}changes[{index}]"),
    }
}

/// Where a field of what is asked for stands.
fn asked(field: &str) -> String {
    match field {
        "people" | "people.user" => "content.users".to_owned(),
        // Which field or sentence it is, is said in words.
        field if field.starts_with("fields") => "content.fields".to_owned(),
        field if field.starts_with("confirmed") => "content.confirmed".to_owned(),
        "lasts" => "content.lasts".to_owned(),
        field if Field::named(field).is_some() => "content.users".to_owned(),
        field => flat(field).to_owned(),
    }
}

/// How the request calls an item of a load.
fn item_name(item: &LoadItem) -> &'static str {
    match item {
        LoadItem::Unit { .. } => "unit",
        LoadItem::User(manage) if matches!(manage.changes.first(), Some(UserChange::Grant(_))) => "grant",
        LoadItem::User(_) => "user",
        LoadItem::Placement { .. } => "placement",
        LoadItem::Case { .. } => "caseload_entry",
    }
}

/// The path of a field within an item, with its dot; nothing where the item has no such field of its own.
fn loaded(item: &str, field: &str) -> String {
    let in_profile = Field::named(field).is_some() || field == "external_ids";
    match (item, field) {
        ("user", field) if in_profile => format!(".profile.{field}"),
        ("user", "username" | "reporting_role") | ("unit", "kind") => format!(".{field}"),
        ("unit", "name") => ".display_name".to_owned(),
        ("grant", "system" | "from" | "until" | "reason") => format!(".grant.{}", flat(field)),
        _ => String::new(),
    }
}

/// How the request calls a change of a user.
fn change_name(change: &UserChange) -> &'static str {
    match change {
        UserChange::Create(_) => "create",
        UserChange::UpdateProfile(_) => "update_profile",
        UserChange::Assign(_) => "assign",
        UserChange::Amend { .. } => "amend_assignment",
        UserChange::End { .. } => "end_assignment",
        UserChange::Remove { .. } => "remove_assignment",
        UserChange::Suspend { .. } => "suspend_assignment",
        UserChange::Reinstate { .. } => "reinstate_assignment",
        UserChange::SuspendAt { .. } => "suspend_at_unit",
        UserChange::Disable => "disable",
        UserChange::Enable => "enable",
        UserChange::SetHome(_) => "set_home_unit",
        UserChange::SetReportingRole(_) => "set_reporting_role",
        UserChange::SetOwnRecord(_) => "set_own_record",
        UserChange::SetSamePerson(_) => "set_same_person",
        UserChange::SetClearance(_) => "set_clearance",
        UserChange::Grant(_) => "grant_system",
        UserChange::AmendGrant(_) => "amend_grant",
        UserChange::SuspendGrant { .. } => "suspend_grant",
        UserChange::ReinstateGrant { .. } => "reinstate_grant",
        UserChange::EndGrant { .. } => "end_grant",
    }
}

/// The path of a field within a change.
fn within(change: &str, field: &str) -> String {
    let in_profile = Field::named(field).is_some() || field == "external_ids";
    match (change, field) {
        ("create" | "update_profile", field) if in_profile => format!("profile.{field}"),
        // What the profile lacks for a role is a fault of giving the role.
        ("assign" | "amend_assignment", field) if in_profile || field == "role" => "role".to_owned(),
        ("assign" | "amend_assignment", "scope" | "scope.only") => "options.only".to_owned(),
        ("assign" | "amend_assignment", field) => format!("options.{}", flat(field)),
        ("set_clearance", _) => "cleared".to_owned(),
        (_, field) => flat(field).to_owned(),
    }
}

/// A field by its name in the API, where that is another.
fn flat(field: &str) -> &str {
    match field {
        "name" => "display_name",
        "from" => "starts_at",
        "until" => "ends_at",
        field => field,
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_policy::Reason;
    use bailiwick_realm::{GrantSpec, NewUser, OptionsSpec, Refused};
    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// Whether a path names a field of a message of the API, field by field.
    fn resolves(message: &str, path: &str) -> bool {
        let set = FileDescriptorSet::decode(crate::FILE_DESCRIPTOR_SET).unwrap();
        let api = || set.file.iter().filter(|file| file.package() == "bailiwick.v1");
        let messages = || api().flat_map(|file| &file.message_type);
        let mut message = format!(".bailiwick.v1.{message}");
        for part in path.split('.') {
            let part = part.split('[').next().unwrap_or_default();
            let short = message.rsplit('.').next().unwrap_or_default().to_owned();
            let Some(found) = messages().find(|m| m.name() == short) else { return false };
            let Some(field) = found.field.iter().find(|f| f.name() == part) else { return false };
            message = field.type_name().to_owned();
        }
        true
    }

    fn refusal(change: Option<usize>, field: &str) -> Refusal {
        let refusal = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field(field);
        match change {
            Some(index) => refusal.at_change(index),
            None => refusal,
        }
    }

    #[test]
    fn every_path_of_a_change_is_one_of_the_request() {
        let grant = || GrantSpec { system: String::new(), starts_at: None, ends_at: None, reason: None };
        let unit = bailiwick_identity::UnitId::parse("u").unwrap();
        let assign = bailiwick_realm::AssignmentSpec {
            unit: unit.clone(),
            seat: bailiwick_realm::Seat::There,
            role: String::new(),
            options: OptionsSpec::default(),
        };
        let create = NewUser {
            home: unit,
            username: None,
            fields: std::collections::BTreeMap::new(),
            external_ids: std::collections::BTreeMap::new(),
        };
        let options = [
            "role",
            "scope",
            "scope.only",
            "note",
            "user_type",
            "from",
            "until",
            "ends_at",
            "default_unit",
            "exempt_units",
            "own_caseload_units",
            "others_caseload_units",
            "user_management",
            "location",
        ];
        let times = ["from", "until"];
        let amend = UserChange::Amend { number: 1, role: None, options: OptionsSpec::default() };
        let cases: Vec<(UserChange, &[&str])> = vec![
            (UserChange::Create(create), &["username", "last_name", "email", "external_ids"]),
            (UserChange::UpdateProfile(Vec::new()), &["birth_date", "external_ids"]),
            (UserChange::Assign(assign), &options),
            (amend, &options),
            (UserChange::End { number: 1, at: None }, &["at"]),
            (UserChange::Suspend { number: 1, from: None, until: None }, &times),
            (UserChange::SetReportingRole(None), &["reporting_role"]),
            (UserChange::SetOwnRecord(None), &["customer"]),
            (UserChange::SetClearance(true), &["set_clearance"]),
            (UserChange::Grant(grant()), &["system", "from", "until", "reason"]),
            (UserChange::AmendGrant(grant()), &["system", "from", "until", "reason"]),
            (UserChange::EndGrant { system: String::new(), at: None }, &["system", "at", "reason"]),
        ];
        for (change, fields) in cases {
            let paths = Paths::Changes(vec![change_name(&change)]);
            for field in fields {
                let path = paths.path(&refusal(Some(0), field));
                assert!(resolves("ManageUserRequest", &path), "{path}");
            }
        }
    }

    #[test]
    fn fields_of_other_commands_have_the_names_of_the_api() {
        for field in ["name", "kind"] {
            let path = Paths::Flat.path(&refusal(None, field));
            assert!(resolves("CreateUnitRequest", &path), "{path}");
        }
        let names = ["unit", "user", "grant", "placement", "caseload_entry"];
        let items = Paths::Items(names.to_vec());
        for (index, fields) in [
            (0, &["name", "kind"][..]),
            (1, &["username", "last_name", "external_ids", "reporting_role", "role"]),
            (2, &["system", "from", "reason"]),
            (3, &["unit"]),
            (4, &["unit"]),
        ] {
            for field in fields {
                let path = items.path(&refusal(Some(index), field));
                assert!(resolves("LoadWorldRequest", &path), "{path}");
            }
        }
        let denied = |index: usize| Refusal::denied(Reason::OutOfReach).at_change(index);
        assert_eq!(items.path(&denied(3)), "items[3]");
        let cases = Paths::Caseload(2);
        assert_eq!([cases.path(&denied(1)), cases.path(&denied(2))], ["remove[1]", "add[0]"]);
        assert_eq!(Paths::Flat.path(&Refusal::denied(Reason::OutOfReach)), "");
    }

    #[test]
    fn what_is_asked_for_has_its_paths_in_the_content() {
        let of = |change: Option<usize>, field: Option<&str>, person: usize| {
            let mut refusal = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_person(person);
            refusal.change = change;
            refusal.field = field.map(str::to_owned);
            let paths = Paths::Content(vec![vec!["assign"], vec!["create", "assign"]]);
            let path = paths.path(&refusal);
            assert!(resolves("CreateRequestRequest", &path), "{path}");
            path
        };
        assert_eq!(of(Some(0), None, 0), "content.users[0].changes[0]");
        assert_eq!(of(Some(1), Some("note"), 1), "content.users[1].changes[1].assign.options.note");
        assert_eq!(of(Some(0), Some("email"), 1), "content.users[1].changes[0].create.profile.email");
        for (field, path) in [
            ("fields.further-information", "content.fields"),
            ("confirmed.criteria-met", "content.confirmed"),
            ("people", "content.users"),
            ("people.user", "content.users"),
            ("lasts", "content.lasts"),
            ("line_manager", "content.users"),
            ("request", "request"),
            ("copy_of", "copy_of"),
            ("reason", "reason"),
        ] {
            assert_eq!(of(None, Some(field), 0), path);
        }
        let submitted = refusal(Some(3), "requests[1].fields.further-information");
        assert_eq!(Paths::Submitted.path(&submitted), "requests[1]");
    }
}

//! How large an item is: what counts against the limits of one command.
//!
//! Bytes are estimated from above, by the length of every text and some for its tag, so that a command stays within
//! what a server takes whatever the texts are.

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item as Kind;

/// What a text costs beside its bytes: its tag and its length.
const TAG: usize = 6;

/// How many changes an item is: a user is its creation, each assignment, and each field that is a change of its own.
pub(super) fn changes(item: &v1::LoadItem) -> usize {
    match &item.item {
        Some(Kind::User(user)) => {
            let fields = [
                !user.reporting_role.is_empty(),
                !user.own_record.is_empty(),
                !user.same_person.is_empty(),
                user.clearance,
                user.disabled,
            ];
            1 + user.assignments.len() + fields.into_iter().filter(|set| *set).count()
        }
        Some(Kind::Unit(_) | Kind::Placement(_) | Kind::CaseloadEntry(_) | Kind::Grant(_)) | None => 1,
    }
}

/// How many bytes an item has at most.
pub(super) fn bytes(item: &v1::LoadItem) -> usize {
    let inner = match &item.item {
        Some(Kind::Unit(unit)) => {
            texts(&[&unit.unit, &unit.kind, &unit.display_name, &unit.description]) + list(&unit.parents)
        }
        Some(Kind::User(user)) => user_bytes(user),
        Some(Kind::Placement(placement)) => texts(&[&placement.customer, &placement.unit]),
        Some(Kind::CaseloadEntry(case)) => {
            let entry = case.entry.clone().unwrap_or_default();
            texts(&[&case.user, &entry.unit, &entry.customer])
        }
        Some(Kind::Grant(grant)) => {
            let granted = grant.grant.clone().unwrap_or_default();
            texts(&[&grant.user, &granted.system, &granted.reason]) + 8 * TAG
        }
        None => 0,
    };
    inner + 4 * TAG
}

fn user_bytes(user: &v1::LoadUser) -> usize {
    let own = [
        &user.user,
        &user.username,
        &user.home_unit,
        &user.reporting_role,
        &user.own_record,
        &user.same_person,
    ];
    let profile = user.profile.as_ref().map_or(0, profile_bytes);
    texts(&own) + profile + user.assignments.iter().map(assignment_bytes).sum::<usize>()
}

fn profile_bytes(profile: &v1::Profile) -> usize {
    let v1::Profile {
        prefix,
        first_name,
        middle_initial,
        last_name,
        suffix,
        email,
        birth_date,
        work_phone,
        cell_phone,
        pager,
        zip,
        location,
        line_manager,
        provider_subject,
        external_ids,
    } = profile;
    let fields = [
        prefix,
        first_name,
        middle_initial,
        last_name,
        suffix,
        email,
        birth_date,
        work_phone,
        cell_phone,
        pager,
        zip,
        location,
        line_manager,
        provider_subject,
    ];
    texts(&fields) + external_ids.iter().map(|(name, value)| texts(&[name, value])).sum::<usize>()
}

fn assignment_bytes(assign: &v1::Assign) -> usize {
    let options = assign.options.clone().unwrap_or_default();
    let only = match &options.scope {
        Some(v1::assignment_options::Scope::Only(only)) => list(&only.units),
        Some(v1::assignment_options::Scope::All(_)) | None => 0,
    };
    let lists = [&options.exempt_units, &options.own_caseload_units, &options.others_caseload_units];
    let named = [&assign.unit, &assign.role, &options.default_unit, &options.user_type, &options.note];
    texts(&named) + only + lists.into_iter().map(|units| list(units)).sum::<usize>() + 12 * TAG
}

fn texts(texts: &[&String]) -> usize {
    texts.iter().map(|text| text.len() + TAG).sum()
}

fn list(names: &[String]) -> usize {
    names.iter().map(|name| name.len() + TAG).sum()
}

//! Every key that a scheme's document may have, section by section. The reference page names them all; a test
//! compares.

/// Keys of the document itself: its sections.
pub(in crate::scheme) const DOCUMENT: &[&str] = &[
    "scheme",
    "kinds",
    "roles",
    "capabilities",
    "systems",
    "desks",
    "reporting_roles",
    "users",
    "customers",
    "management",
    "matching",
    "credentials",
    "requests",
];
/// `[scheme]`
pub(in crate::scheme) const SCHEME: &[&str] = &["format", "name", "title", "description"];
/// `[kinds.NAME]`
pub(in crate::scheme) const KIND: &[&str] = &[
    "title",
    "root",
    "parents",
    "several_parents",
    "roles",
    "name_pattern",
    "placeholders",
    "capacity",
    "single_role",
    "minimum",
    "assign_right",
    "unit_right",
    "place_right",
    "placement_reach",
    "dismissed_visible",
    "selectable",
    "implied_at",
];
/// `minimum` of a kind
pub(in crate::scheme) const MINIMUM: &[&str] = &["role", "count"];
/// `[roles.NAME]`
pub(in crate::scheme) const ROLE: &[&str] = &[
    "title",
    "rank",
    "unranked",
    "handed_out_by",
    "includes",
    "capabilities",
    "systems",
    "user_management",
    "max_per_unit",
    "exclusive",
    "beside",
    "required_fields",
    "user_type",
];
/// An entry of a role's `capabilities`
pub(in crate::scheme) const HELD: &[&str] = &["name", "names", "reach", "classes", "at", "systems"];
/// `[capabilities."NAME"]`
pub(in crate::scheme) const CAPABILITY: &[&str] = &["title", "resource", "under_caseload", "needs"];
/// `[systems.NAME]`
pub(in crate::scheme) const SYSTEM: &[&str] =
    &["title", "minimum_rank", "reason", "grant_right", "extra_approver", "fulfilled_by"];
/// `[desks.NAME]`
pub(in crate::scheme) const DESK: &[&str] = &["title", "roles", "within"];
/// `[reporting_roles.NAME]`
pub(in crate::scheme) const REPORTING_ROLE: &[&str] = &["title", "scope", "decides"];
/// `[users]`
pub(in crate::scheme) const USERS: &[&str] = &[
    "fields",
    "compulsory",
    "locked",
    "own",
    "external_ids",
    "compulsory_external_ids",
    "phone_country",
    "username",
    "shows_all_assignments",
    "enabled_by_add",
    "user_types",
    "value_lists",
];
/// `[customers]`
pub(in crate::scheme) const CUSTOMERS: &[&str] = &["classes", "other_placements"];
/// `[management]`
pub(in crate::scheme) const MANAGEMENT: &[&str] = &["gap"];
/// `[matching]`
pub(in crate::scheme) const MATCHING: &[&str] = &["external_ids", "per_hour"];
/// `[credentials]`
pub(in crate::scheme) const CREDENTIALS: &[&str] = &[
    "passwords",
    "activation_mailed",
    "shown_to_manager",
    "activation_valid",
    "reset_valid",
    "minimum_length",
    "second_factor",
    "second_factor_fields",
];
/// `[requests]`
pub(in crate::scheme) const REQUESTS: &[&str] = &[
    "kinds",
    "only_by_request",
    "self_request",
    "rejection_reason",
    "time_allowed",
    "fulfilled_by",
    "positions",
    "rules",
    "fields",
    "confirmations",
];
/// `[requests.positions]`
pub(in crate::scheme) const POSITIONS: &[&str] = &["kinds", "without_clearance", "additional"];
/// `[requests.rules.NAME]`
pub(in crate::scheme) const RULE: &[&str] =
    &["title", "change", "kinds", "across", "roles", "author", "approver", "receiving_approver"];
/// `[requests.confirmations.NAME]`
pub(in crate::scheme) const CONFIRMATION: &[&str] =
    &["title", "kinds", "rules", "systems", "placeholder", "fields"];
/// `[requests.fields.NAME]`
pub(in crate::scheme) const REQUEST_FIELD: &[&str] =
    &["title", "optional", "kinds", "rules", "systems", "placeholder", "fields"];

/// Every list of keys, with the heading under which the reference page explains it.
#[cfg(test)]
pub(in crate::scheme) const SECTIONS: &[(&str, &[&str])] = &[
    ("The document", DOCUMENT),
    ("[scheme]", SCHEME),
    ("[kinds.NAME]", KIND),
    ("minimum", MINIMUM),
    ("[roles.NAME]", ROLE),
    ("capabilities of a role", HELD),
    ("[capabilities.\"NAME\"]", CAPABILITY),
    ("[systems.NAME]", SYSTEM),
    ("[desks.NAME]", DESK),
    ("[reporting_roles.NAME]", REPORTING_ROLE),
    ("[users]", USERS),
    ("[customers]", CUSTOMERS),
    ("[management]", MANAGEMENT),
    ("[matching]", MATCHING),
    ("[credentials]", CREDENTIALS),
    ("[requests]", REQUESTS),
    ("[requests.positions]", POSITIONS),
    ("[requests.rules.NAME]", RULE),
    ("[requests.fields.NAME]", REQUEST_FIELD),
    ("[requests.confirmations.NAME]", CONFIRMATION),
];

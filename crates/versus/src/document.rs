//! A generated scheme as the TOML document that it would be.

use std::fmt::Write as _;

use bailiwick_oracle::model::{
    Capability, HandOut, Kind, PlacementReach, Reach, ReportingRole, ReportingScope, ResourceType, Role,
    RoleCapability, Scheme, System,
};

/// What the engine knows by itself: of these a document says no more than what a caseload does to them.
const ENGINES: [&str; 10] = [
    "user.manage",
    "user.identity.edit",
    "clearance.set",
    "customer.view",
    "customer.find",
    "customer.enroll",
    "request.approve",
    "customer.place",
    "customer.transfer",
    "unit.manage",
];

/// Ordinary fields of a profile, as the generator calls them and as documents do.
const FIELDS: [(&str, &str); 3] = [("phone", "work_phone"), ("pager", "pager"), ("email", "last_name")];

/// The field of a document that a field of the generator stands for.
#[must_use]
pub fn field(name: &str) -> &str {
    FIELDS.iter().find(|(ours, _)| *ours == name).map_or(name, |(_, theirs)| theirs)
}

/// The scheme's document.
#[must_use]
pub fn document(scheme: &Scheme) -> String {
    let mut text = "[scheme]\nformat = 1\nname = \"generated\"\ntitle = \"Generated\"\n".to_owned();
    line(&mut text, "\n[customers]");
    line(&mut text, &format!("classes = {}", list(&scheme.classes)));
    scheme.kinds.iter().for_each(|one| kind(&mut text, one));
    scheme.capabilities.iter().for_each(|one| capability(&mut text, one));
    scheme.systems.iter().for_each(|one| system(&mut text, one));
    scheme.roles.iter().for_each(|one| role(&mut text, scheme, one));
    scheme.reporting_roles.iter().for_each(|one| reporting_role(&mut text, one));
    let own: Vec<String> = scheme.own_fields.iter().map(|own| field(own).to_owned()).collect();
    line(&mut text, "\n[users]\ncompulsory = [\"first_name\", \"last_name\", \"email\"]");
    line(&mut text, &format!("own = {}\nuser_types = [\"partner\"]", list(&own)));
    line(&mut text, &format!("\n[management]\ngap = {}", scheme.gap));
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn list(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

fn kind(text: &mut String, kind: &Kind) {
    line(text, &format!("\n[kinds.{}]", kind.name));
    if kind.parents.is_empty() {
        line(text, "root = true");
    } else {
        line(text, &format!("parents = {}\nseveral_parents = {}", list(&kind.parents), kind.several_parents));
        line(text, &format!("selectable = {}", kind.selectable));
    }
    line(text, &format!("roles = {}", list(&kind.roles)));
    line(text, &format!("placeholders = {}", list(&kind.placeholders)));
    line(text, &format!("assign_right = {:?}", kind.assign_right));
    line(text, &format!("unit_right = {:?}\nplace_right = {:?}", kind.unit_right, kind.place_right));
    let reach = match kind.placement_reach {
        PlacementReach::Below => "below",
        PlacementReach::Unit => "unit",
    };
    line(text, &format!("placement_reach = {reach:?}\ndismissed_visible = {}", kind.dismissed_visible));
    line(text, &format!("single_role = {}", kind.single_role));
    if let Some(capacity) = kind.capacity {
        line(text, &format!("capacity = {capacity}"));
    }
    if let Some(minimum) = &kind.minimum {
        line(text, &format!("minimum = {{ role = {:?}, count = {} }}", minimum.role, minimum.count));
    }
}

fn capability(text: &mut String, capability: &Capability) {
    let under = if capability.refused_under_caseload { "refused" } else { "kept" };
    let restricted = matches!(capability.resource, ResourceType::Unit | ResourceType::Customer);
    line(text, &format!("\n[capabilities.{:?}]", capability.name));
    if restricted {
        line(text, &format!("under_caseload = {under:?}"));
    }
    if ENGINES.contains(&capability.name.as_str()) {
        return;
    }
    let resource = match capability.resource {
        ResourceType::Unit => "unit",
        ResourceType::Customer => "customer",
        ResourceType::User => "user",
        ResourceType::System => "system",
    };
    line(text, &format!("resource = {resource:?}"));
    if capability.resource == ResourceType::Customer {
        let needs = if capability.any_placement { "any" } else { "enrolled" };
        line(text, &format!("needs = {needs:?}"));
    }
}

fn system(text: &mut String, system: &System) {
    line(text, &format!("\n[systems.{}]", system.name));
    if let Some(minimum) = system.minimum_rank {
        line(text, &format!("minimum_rank = {minimum}"));
    }
}

fn role(text: &mut String, scheme: &Scheme, role: &Role) {
    line(text, &format!("\n[roles.{}]", role.name));
    match role.rank {
        Some(rank) => line(text, &format!("rank = {rank}")),
        None => {
            let operator = ["operator".to_owned()];
            let by = if role.handed_out_by.is_empty() { &operator[..] } else { &role.handed_out_by };
            line(text, &format!("unranked = true\nhanded_out_by = {}", list(by)));
        }
    }
    let switch = match role.user_management {
        HandOut::Always => "always",
        HandOut::Switch => "switch",
        HandOut::Never => "never",
    };
    line(text, &format!("user_management = {switch:?}\nexclusive = {}", role.exclusive));
    line(text, &format!("includes = {}\nsystems = {}", list(&role.includes), list(&role.systems)));
    if let Some(most) = role.max_per_unit {
        line(text, &format!("max_per_unit = {most}"));
    }
    line(text, "capabilities = [");
    for listed in &role.capabilities {
        line(text, &format!("    {},", held(scheme, listed)));
    }
    line(text, "]");
}

fn held(scheme: &Scheme, listed: &RoleCapability) -> String {
    let reach = match &listed.reach {
        Reach::Below => "below".to_owned(),
        Reach::Enclosing(kind) => format!("enclosing {kind}"),
        Reach::Own => "own".to_owned(),
    };
    let mut text = format!("{{ name = {:?}, reach = {reach:?}", listed.capability);
    let about = scheme.capability(&listed.capability).map(|found| found.resource);
    // Writing into a text cannot fail.
    if about == Some(ResourceType::Customer) {
        let _ = write!(text, ", classes = {}", list(&listed.classes));
    }
    if let Some(kinds) = &listed.at_kinds {
        let _ = write!(text, ", at = {}", list(kinds));
    }
    text + " }"
}

fn reporting_role(text: &mut String, role: &ReportingRole) {
    let scope = match &role.scope {
        ReportingScope::All => "all",
        ReportingScope::Kind(kind) => kind,
    };
    line(text, &format!("\n[reporting_roles.{}]", role.name));
    line(text, &format!("scope = {scope:?}\ndecides = {}", list(&role.decides)));
}

//! `[capabilities."NAME"]`: the scheme's own capabilities, and what it changes of the engine's.

use super::keys;
use super::names::Names;
use super::read::Section;
use crate::scheme::ability::{Capability, Needs, Resource, UnderCaseload};
use crate::scheme::core;

const RESOURCES: [(&str, Resource); 4] = [
    ("unit", Resource::Unit),
    ("customer", Resource::Customer),
    ("user", Resource::User),
    ("system", Resource::System),
];

const UNDER_CASELOAD: [(&str, UnderCaseload); 2] =
    [("kept", UnderCaseload::Kept), ("refused", UnderCaseload::Refused)];

const NEEDS: [(&str, Needs); 2] = [("enrolled", Needs::Enrolled), ("any", Needs::Any)];

/// Every capability by its place: the engine's first.
pub(super) fn read(root: &Section<'_, '_>, names: &Names) -> Vec<Capability> {
    let mut all = core::capabilities();
    for name in names.capabilities.names().iter().skip(all.len()) {
        all.push(Capability {
            name: name.clone(),
            title: name.clone(),
            resource: Resource::Unit,
            under_caseload: UnderCaseload::Kept,
            needs: Needs::Enrolled,
        });
    }
    let engine = core::capabilities().len();
    for (name, section) in root.entries("capabilities", keys::CAPABILITY) {
        let Some(place) = names.capabilities.place(name) else { continue };
        let Some(capability) = all.get_mut(place) else { continue };
        if place < engine {
            adjust(capability, &section);
        } else {
            *capability = declare(name, &section);
        }
    }
    all
}

/// A capability of the scheme's own.
fn declare(name: &str, section: &Section<'_, '_>) -> Capability {
    let resource = section.choice("resource", &RESOURCES);
    if !section.has("resource") {
        section.faults().add_allowed(
            &section.at_key("resource"),
            "must be there",
            super::read::listed(RESOURCES.iter().map(|(name, _)| name)),
        );
    }
    let resource = resource.unwrap_or(Resource::Unit);
    if section.has("needs") && resource != Resource::Customer {
        section.fault("needs", "only a capability about customers has it");
    }
    Capability {
        name: name.to_owned(),
        title: section.text_or("title", name),
        resource,
        under_caseload: under_caseload(section, resource).unwrap_or(UnderCaseload::Kept),
        needs: section.choice("needs", &NEEDS).unwrap_or(Needs::Enrolled),
    }
}

/// What a scheme may say of an engine's capability.
fn adjust(capability: &mut Capability, section: &Section<'_, '_>) {
    for fixed in ["resource", "needs"] {
        if section.has(fixed) {
            section
                .fault(fixed, format!("is fixed for `{}`, which the engine itself knows", capability.name));
        }
    }
    if let Some(title) = section.text("title") {
        capability.title = title;
    }
    if let Some(under) = under_caseload(section, capability.resource) {
        capability.under_caseload = under;
    }
}

fn under_caseload(section: &Section<'_, '_>, resource: Resource) -> Option<UnderCaseload> {
    let under = section.choice("under_caseload", &UNDER_CASELOAD);
    if section.has("under_caseload") && matches!(resource, Resource::User | Resource::System) {
        section.fault("under_caseload", "only a capability about units or customers has it");
    }
    under
}

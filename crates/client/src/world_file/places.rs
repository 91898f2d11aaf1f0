//! Units and customers: `[units]` and `[customers]`.

use bailiwick_proto::v1;

use super::fault::At;
use super::read::{Named, Section};

/// A unit of the file.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) at: At,
    pub(super) parents: Vec<Named>,
    pub(super) archived: bool,
    pub(super) load: v1::LoadUnit,
}

/// A customer's placement.
#[derive(Debug)]
pub(super) struct Stay {
    pub(super) customer: String,
    pub(super) unit: Named,
    pub(super) state: v1::PlacementState,
}

/// Reads `[units]`.
pub(super) fn units(root: &mut Section<'_>) -> Vec<Place> {
    root.by_id("units").into_iter().map(|(id, section)| unit(id, section)).collect()
}

fn unit(id: String, mut section: Section<'_>) -> Place {
    let parents = section.ids("in").unwrap_or_default();
    repeated(&parents, &section);
    let load = v1::LoadUnit {
        unit: format!("units/{id}"),
        kind: section.required_text("kind"),
        display_name: section.text("name").unwrap_or_default(),
        description: section.text("description").unwrap_or_default(),
        parents: parents.iter().map(|parent| format!("units/{}", parent.id)).collect(),
        archived: false,
    };
    let archived = section.flag("archived");
    let at = section.at.clone();
    section.finish();
    Place { id, at, parents, archived, load }
}

/// Reads `[customers]`.
pub(super) fn customers(root: &mut Section<'_>) -> Vec<Stay> {
    root.by_id("customers").into_iter().flat_map(|(id, section)| customer(&id, section)).collect()
}

fn customer(id: &str, mut section: Section<'_>) -> Vec<Stay> {
    let enrolled = section.ids("enrolled").unwrap_or_default();
    let dismissed = section.ids("dismissed").unwrap_or_default();
    if enrolled.is_empty() && dismissed.is_empty() {
        section.faults().add_allowed(
            &section.at,
            "is placed nowhere",
            "`enrolled` or `dismissed`, with units",
        );
    }
    let all: Vec<Named> = enrolled.iter().chain(&dismissed).cloned().collect();
    repeated(&all, &section);
    section.finish();
    let stay = |state| move |unit| Stay { customer: id.to_owned(), unit, state };
    let enrolled = enrolled.into_iter().map(stay(v1::PlacementState::Enrolled));
    let dismissed = dismissed.into_iter().map(stay(v1::PlacementState::Dismissed));
    enrolled.chain(dismissed).collect()
}

/// Says what is named twice in one list.
pub(super) fn repeated(list: &[Named], section: &Section<'_>) {
    let mut seen = std::collections::HashSet::new();
    for named in list {
        if !seen.insert(&named.id) {
            section.faults().add(&named.at, format!("`{}` is named twice", named.id));
        }
    }
}

//! Loading a world: many items in one command, for operators alone.
//!
//! The same functions as for single commands; only that what is loaded is not new: placements are taken as they are,
//! in closed units and in units below their minimum too.

use bailiwick_policy::Reason;

use super::draft::Draft;
use super::{Judged, MAX_CHANGES, caseload, customer, unit, user};
use crate::command::LoadItem;
use crate::refusal::{Refusal, Refused};

pub(super) fn load(draft: &mut Draft<'_>, items: &[LoadItem]) -> Judged {
    draft.operator_only()?;
    let changes: usize = items
        .iter()
        .map(|item| match item {
            LoadItem::User(manage) => manage.changes.len().max(1),
            LoadItem::Unit { .. } | LoadItem::Placement { .. } | LoadItem::Case { .. } => 1,
        })
        .sum();
    if changes > MAX_CHANGES {
        return Err(Refusal::new(Refused::Invalid, Reason::TooMany)
            .because(format!("a command holds at most {MAX_CHANGES} changes")));
    }
    for (index, item) in items.iter().enumerate() {
        load_item(draft, item).map_err(|refusal| refusal.at_change(index))?;
    }
    Ok(())
}

fn load_item(draft: &mut Draft<'_>, item: &LoadItem) -> Judged {
    match item {
        LoadItem::Unit { unit: new, archived } => {
            unit::create(draft, new)?;
            if *archived { unit::set_archived(draft, &new.id, unit::Archive::In) } else { Ok(()) }
        }
        LoadItem::User(manage) => user::manage(draft, manage),
        LoadItem::Placement { customer, unit, dismissed } => {
            customer::load(draft, customer, unit, *dismissed)
        }
        LoadItem::Case { user, customer, unit } => caseload::load(draft, user, customer, unit),
    }
}

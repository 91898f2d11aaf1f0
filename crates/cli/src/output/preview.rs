//! What a command would change for whom, in words.

use bailiwick_proto::v1;

use super::words::{id, instant};

/// So many names are printed of a list; JSON has all of them.
const NAMED: usize = 12;

/// What a command would change for whom, a line each; empty where that was not asked for.
pub(crate) fn preview(preview: Option<&v1::Preview>) -> String {
    let Some(preview) = preview else { return String::new() };
    let mut lines: Vec<String> = preview.access.iter().map(access).collect();
    lines.extend(preview.holders.iter().map(holders));
    lines.extend(preview.others.iter().map(others));
    lines.extend(preview.examples.iter().map(example));
    if preview.in_part {
        lines.push(
            "compared is what you see of the user; some of it may have been allowed by the rest".to_owned(),
        );
    }
    if let Some(until) = &preview.valid_until {
        lines.push(format!("until {}, when something starts or ends", instant(Some(until))));
    }
    if lines.is_empty() { "nothing that can be asked about".to_owned() } else { lines.join("\n") }
}

fn access(change: &v1::AccessChange) -> String {
    let below = change.units_with_all_below.iter().map(|unit| format!("{unit} and all below"));
    let at = change.customers_of_units.iter().map(|unit| format!("customers of {unit}"));
    let placed = &change.customers_of_units_with_all_below;
    let at_below = placed.iter().map(|unit| format!("customers of {unit} and all below"));
    let what: Vec<String> = below.chain(at_below).chain(at).chain(change.resources.iter().cloned()).collect();
    let verb = match change.turn() {
        v1::AccessTurn::Gained => "gains",
        v1::AccessTurn::Lost => "loses",
        v1::AccessTurn::Unspecified => "turns",
    };
    let did = done(&change.capabilities, &change.record_classes, change.classes_only);
    format!("{verb} {did}: {}", some(&what))
}

fn holders(change: &v1::HolderChange) -> String {
    let verb = match change.turn() {
        v1::AccessTurn::Gained => "gained",
        v1::AccessTurn::Lost => "lost",
        v1::AccessTurn::Unspecified => "turned",
    };
    let did = done(&change.capabilities, &change.record_classes, change.classes_only);
    format!("{did} over it is {verb} by {}", some(&change.users))
}

fn others(change: &v1::CapabilityChange) -> String {
    let v1::CapabilityChange { capability, users_gaining, users_losing } = change;
    format!("others: {capability} is gained by {users_gaining}, lost by {users_losing}")
}

fn example(example: &v1::AccessExample) -> String {
    let verb = match example.turn() {
        v1::AccessTurn::Gained => "gains",
        v1::AccessTurn::Lost => "loses",
        v1::AccessTurn::Unspecified => "turns",
    };
    let did = done(std::slice::from_ref(&example.capability), &example.record_classes, example.classes_only);
    format!("  {} {verb} {did} of {}", id(&example.user), example.resource)
}

/// What may be done, and what of a record is shown.
fn done(capabilities: &[String], classes: &[String], classes_only: bool) -> String {
    let capabilities = capabilities.join(", ");
    match (classes, classes_only) {
        ([], _) => capabilities,
        (classes, false) => format!("{capabilities} ({})", classes.join(", ")),
        (classes, true) => format!("{} in {capabilities}", classes.join(", ")),
    }
}

fn some(names: &[String]) -> String {
    let mut named = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        named.push_str(&format!(" … ({} in all)", names.len()));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(some: &[&str]) -> Vec<String> {
        some.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_preview_is_told_in_lines() {
        let told = v1::Preview {
            access: vec![v1::AccessChange {
                turn: v1::AccessTurn::Gained.into(),
                capabilities: names(&["unit.view"]),
                resources: names(&["units/a"]),
                units_with_all_below: names(&["units/b"]),
                ..Default::default()
            }],
            holders: vec![v1::HolderChange {
                turn: v1::AccessTurn::Lost.into(),
                capabilities: names(&["customer.view"]),
                record_classes: names(&["private"]),
                classes_only: true,
                users: names(&["users/u-1"]),
            }],
            in_part: true,
            ..Default::default()
        };
        let lines = preview(Some(&told));
        let wanted = "gains unit.view: units/b and all below, units/a\n\
            private in customer.view over it is lost by users/u-1\n\
            compared is what you see of the user; some of it may have been allowed by the rest";
        assert_eq!(lines, wanted);
        assert_eq!(preview(Some(&v1::Preview::default())), "nothing that can be asked about");
        assert_eq!(preview(None), "");
    }

    #[test]
    fn long_lists_are_counted() {
        let many: Vec<String> = (0..20).map(|n| format!("units/{n}")).collect();
        assert!(some(&many).ends_with("units/11 … (20 in all)"), "{}", some(&many));
    }
}

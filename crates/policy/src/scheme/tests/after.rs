//! The next version of a scheme keeps every place.

use super::{BASE, accepted, base_with};
use crate::scheme::{HandOut, Scheme};

#[test]
fn places_are_kept_and_tombstones_left() {
    let first = accepted(&[("", "[systems.sap]\n[users]\nuser_types = [\"A\", \"B\"]\n")]);
    // `worker` goes, `clerk` comes before everybody else; `sap` and `A` go.
    let next = base_with(&[
        ("[roles.head]", "[roles.clerk]\nrank = 10\n\n[roles.head]"),
        ("[roles.worker]\nrank = 10\ncapabilities = [{ name = \"customer.view\", classes = \"all\" }]\n", ""),
        ("[\"head\", \"worker\", \"helper\"]", "[\"head\", \"clerk\", \"helper\"]"),
        ("[\"worker\", \"helper\"]", "[\"clerk\", \"helper\"]"),
        ("", "[systems.new]\n[users]\nuser_types = [\"C\", \"B\"]\n"),
    ]);
    let second = Scheme::parse_after(&next, &first).unwrap();
    let place = |scheme: &Scheme, name: &str| scheme.role_named(name).map(|role| role.0);
    assert_eq!(
        (place(&first, "head"), place(&first, "worker"), place(&first, "helper")),
        (Some(0), Some(1), Some(2))
    );
    assert_eq!(
        (place(&second, "head"), place(&second, "helper"), place(&second, "clerk")),
        (Some(0), Some(2), Some(3))
    );
    assert_eq!(place(&second, "worker"), None);

    let gone: Vec<_> = second.missing_roles().collect();
    assert_eq!(gone, [first.role_named("worker").unwrap()]);
    let stone = second.role(gone[0]).unwrap();
    assert_eq!((stone.name.as_str(), stone.rank), ("worker", first.rank(gone[0])));
    assert!(stone.kinds.is_empty() && stone.hand_out == HandOut::Roles(Vec::new()));
    assert!(
        second
            .capabilities()
            .iter()
            .zip(0..)
            .all(|(_, cap)| second.abilities(gone[0], crate::scheme::CapIx(cap)).is_empty())
    );
    assert!(second.kinds().iter().all(|kind| !kind.roles.contains(&gone[0])));

    assert_eq!(second.system_named("sap"), None);
    assert_eq!(second.system_named("new").unwrap().0, 1);
    assert_eq!(second.missing_systems().count(), 1);
    assert_eq!(second.user_type_named("A"), None);
    assert_eq!((second.user_type_named("B").unwrap().0, second.user_type_named("C").unwrap().0), (1, 2));
    assert_eq!(second.missing_user_types().count(), 1);
    assert_eq!((second.missing_kinds().count(), second.missing_reporting_roles().count()), (0, 0));

    // Under its old name it comes back to its old place.
    let third = Scheme::parse_after(BASE, &second).unwrap();
    assert_eq!(place(&third, "worker"), Some(1));
    let gone: Vec<_> = third.missing_roles().collect();
    assert_eq!(gone, [second.role_named("clerk").unwrap()]);
}

#[test]
fn a_kind_that_is_gone_holds_nothing() {
    let first = accepted(&[]);
    let text = base_with(&[("[kinds.team]\nparents = [\"region\"]\nroles = [\"worker\", \"helper\"]\n", "")]);
    let second = Scheme::parse_after(&text, &first).unwrap();
    let gone: Vec<_> = second.missing_kinds().collect();
    assert_eq!(gone, [first.kind_named("team").unwrap()]);
    let stone = second.kind(gone[0]).unwrap();
    assert!(stone.roles.is_empty() && stone.parents.kinds().is_empty() && stone.name == "team");
    assert_eq!(second.kind_named("team"), None);
}

#[test]
fn the_same_document_changes_nothing() {
    let first = accepted(&[]);
    let second = Scheme::parse_after(BASE, &first).unwrap();
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
}

#[test]
fn places_run_out() {
    let roles = |prefix: &str| {
        let names: Vec<String> = (0..200).map(|n| format!("{prefix}{n}")).collect();
        let tables: String = names.iter().map(|name| format!("[roles.{name}]\nrank = 1\n")).collect();
        let listed = format!("[\"head\", \"{}\", ", names.join("\", \""));
        base_with(&[("", &tables), ("[\"head\", \"worker", &format!("{listed}\"worker"))])
    };
    let first = Scheme::parse(&roles("a")).unwrap();
    let faults = Scheme::parse_after(&roles("b"), &first).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].problem.starts_with("more than 254 roles"), "{}", faults[0]);
}

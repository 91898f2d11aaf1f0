//! Asking for oneself: a partner's account waits for the administrators of the site.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::Field;
use bailiwick_membership::UserManagement;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Body, Content, FieldChange, NewUser, OptionsSpec, Patch, Stage, UserChange};

use super::office::{Office, form, held, names, person, spec, why};
use crate::realm::unit_id;

/// A site with its administrator, and another.
fn office() -> Office {
    let mut office = Office::of("il", include_str!("../../../../../schemes/illinois-worknet.toml"));
    office.unit("il", "state", "il", None);
    office.unit("lwia", "lwia", "lwia", Some("il"));
    for site in ["north", "south"] {
        office.unit(site, "organization", site, Some("lwia"));
    }
    office.user("super", "il", &[("il", "super-administrator")]);
    office.user("ann", "north", &[("north", "service-provider-program-administrator")]);
    office.user("bob", "south", &[("south", "service-provider-program-administrator")]);
    office.user("cal", "north", &[("north", "service-provider-program-administrator")]);
    for manager in ["ann", "bob"] {
        let options = OptionsSpec { user_management: Some(UserManagement::Manage), ..OptionsSpec::default() };
        let switch = UserChange::Amend { number: 1, role: None, options };
        office.operate(Body::ManageUser(person(manager, vec![switch])));
    }
    office
}

/// Somebody who is no user yet asks to be a partner of the site.
fn partner() -> Content {
    let fields = [
        (Field::FirstName, "Pia"),
        (Field::LastName, "Partner"),
        (Field::Email, "pia@example.org"),
        (Field::BirthDate, "1990-01-01"),
        (Field::WorkPhone, "+13125550100"),
        (Field::Zip, "60601"),
    ];
    let fields = fields.map(|(field, value)| (field, value.to_owned()));
    let new = NewUser {
        home: unit_id("north"),
        username: None,
        fields: BTreeMap::from(fields),
        external_ids: BTreeMap::new(),
    };
    let mut partner = spec("north", "public-viewer");
    partner.options.user_type = Patch::Set("Program Staff".to_owned());
    let changes = vec![UserChange::Create(new), UserChange::Assign(partner)];
    Content { confirmed: BTreeSet::new(), ..form(RequestKind::SetUp, "pia", changes) }
}

#[test]
fn what_became_impossible_since_is_still_rejected() {
    let mut office = office();
    let id = office.ask("", partner()).unwrap();
    // Somebody else is given the address meanwhile: that is in the way of approving it, and of nothing else.
    let email = FieldChange::Field(Field::Email, Some("pia@example.org".to_owned()));
    office.operate(Body::ManageUser(person("cal", vec![UserChange::UpdateProfile(vec![email])])));
    assert!(office.sees("ann", &id));
    assert_eq!(office.approvers(&id)["north"], names(&["ann"]));
    assert_eq!(why(office.approve("ann", &id)), Some(Reason::FieldTaken));
    office.reject("ann", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Rejected);
}

#[test]
fn an_administrator_of_that_site_approves_who_asks_for_themselves() {
    let mut office = office();
    let id = office.ask("", partner()).unwrap();
    assert!(matches!(office.stage(&id), Stage::Submitted { .. }));
    assert_eq!(office.request(&id).approvals, Vec::new());
    assert_eq!(office.request(&id).author, None);
    assert_eq!(why(office.approve("bob", &id)), Some(Reason::UnknownRequest));
    // Nor one of the same site whose user management is switched off.
    assert_eq!(office.approvers(&id)["north"], names(&["ann"]));
    assert_eq!(why(office.approve("cal", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("ann", &id)), None);
    assert_eq!(office.stage(&id), Stage::Fulfilled);
    assert_eq!(office.holds("pia"), held(&[("north", "public-viewer")]));
}

#[test]
fn whose_user_management_is_switched_off_makes_nobody_by_request() {
    let mut office = office();
    // Both ask for a manager of their own site: only who manages there approves it.
    let manager = |id: &str| {
        let mut content = partner();
        content.people[0].user = crate::realm::user_id(id);
        let mut role = spec("north", "service-provider-program-administrator");
        role.options.user_management = Some(UserManagement::Manage);
        content.people[0].changes[1] = UserChange::Assign(role);
        content
    };
    assert_eq!(why(office.ask("cal", manager("pia"))), Some(Reason::NoManagementRight));
    let id = office.ask("ann", manager("pia")).unwrap();
    assert_eq!(office.stage(&id), Stage::Fulfilled);
    assert!(office.told.is_empty(), "who did it themselves knows");
}

#[test]
fn or_rejects_with_a_reason() {
    let mut office = office();
    let id = office.ask("", partner()).unwrap();
    assert_eq!(why(office.reject("bob", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.reject("ann", &id)), None);
    assert_eq!(office.stage(&id), Stage::Rejected);
    assert!(office.holds("pia").is_empty());
}

#[test]
fn a_program_asks_for_nobody_who_is_there_already() {
    let mut office = office();
    let more = form(RequestKind::SetUp, "bob", vec![UserChange::Assign(spec("north", "public-viewer"))]);
    assert_eq!(why(office.ask("", Content { confirmed: BTreeSet::new(), ..more })), Some(Reason::NotAuthor));
}

#[test]
fn by_a_draft_about_oneself_nobody_reads_who_manages_somewhere() {
    let mut office = office();
    office.user("dan", "north", &[]);
    let mut viewer = spec("south", "public-viewer");
    viewer.options.user_type = Patch::Set("Program Staff".to_owned());
    let own = form(RequestKind::SetUp, "dan", vec![UserChange::Assign(viewer)]);
    let own = Content { confirmed: BTreeSet::new(), ..own };
    let id = office.draft("dan", own.clone()).unwrap();
    assert!(office.approvers(&id).is_empty());
    // Whoever is asked for something is told of it, and known.
    office.submit("dan", &[&id]).unwrap();
    assert_eq!(office.approvers(&id)["south"], names(&["bob"]));
    office.operate(Body::EraseUser(crate::realm::user_id("dan")));
    assert_eq!(office.stage(&id), Stage::Failed(Reason::UnknownUser));
    assert!(office.told.is_empty(), "of what failed with them, nobody");
    // An operator's program reads who would be asked.
    let id = office.draft("", partner()).unwrap();
    assert_eq!(office.approvers(&id)["north"], names(&["ann"]));
}

#[test]
fn who_asks_for_themselves_hears_what_is_wrong_at_home_and_nothing_of_elsewhere() {
    let mut office = office();
    office.user("dan", "north", &[]);
    let at = |unit: &str| {
        let asked = vec![UserChange::Assign(spec(unit, "super-administrator"))];
        Content { confirmed: BTreeSet::new(), ..form(RequestKind::SetUp, "dan", asked) }
    };
    assert_eq!(why(office.ask("dan", at("north"))), Some(Reason::KindNotAllowed));
    assert_eq!(why(office.ask("dan", at("south"))), Some(Reason::OutOfReach));
}

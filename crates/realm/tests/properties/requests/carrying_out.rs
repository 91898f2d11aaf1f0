//! What was approved takes effect: by a desk, at its instant, once; or fails visibly.

use bailiwick_identity::UserId;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Actor, Body, Content, Happened, Stage, UserChange, WaitsFor};

use super::office::{DAY, HOUR, Office, add, end, form, grant, held, lasting, names, person, why};

fn set_up() -> Content {
    form(RequestKind::SetUp, "new", vec![add("p2", "caseworker")])
}

#[test]
fn the_desk_carries_out_what_was_approved_and_nobody_else() {
    let mut office = Office::new();
    let id = office.ask("tl11", set_up()).unwrap();
    for other in ["tl11", "new"] {
        assert_eq!(why(office.carry_out(other, &id)), Some(Reason::OutOfReach), "{other}");
    }
    for other in ["sm1", "support", "adviser"] {
        assert_eq!(why(office.carry_out(other, &id)), Some(Reason::UnknownRequest), "{other}");
    }
    assert_eq!(why(office.carry_out("desk", &id)), None);
    assert_eq!(office.stage(&id), Stage::Fulfilled);
    assert_eq!(office.holds("new"), held(&[("p2", "caseworker")]));
    assert_eq!(why(office.carry_out("desk", &id)), Some(Reason::RequestStage));
    let steps: Vec<Happened> = office.request(&id).steps.iter().map(|step| step.what).collect();
    let told = [Happened::Drafted, Happened::Submitted, Happened::Approved, Happened::CarriedOut];
    assert_eq!(steps, [&told[..], &[Happened::Fulfilled]].concat());
}

#[test]
fn what_is_wanted_later_waits_and_is_due_after_its_time() {
    let mut office = Office::new();
    let wanted = office.later(2 * DAY);
    let id = office.ask("tl11", Content { wanted_at: Some(wanted), ..set_up() }).unwrap();
    let Stage::Approved { effect_at, due_at: Some(due_at) } = office.stage(&id) else {
        panic!("not approved")
    };
    assert_eq!(effect_at, wanted);
    assert_eq!(due_at.as_micros() - wanted.as_micros(), 3 * DAY);
    assert_eq!(why(office.carry_out("desk", &id)), Some(Reason::NotDue));
    // By itself it does not happen, however late.
    office.wait(9 * DAY);
    assert_eq!(why(office.due(&id)), Some(Reason::NotDue));
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Fulfilled);
}

#[test]
fn it_lasts_from_its_effect_on() {
    let mut office = Office::new();
    let id = office.ask("tl11", lasting(set_up(), 10)).unwrap();
    office.wait(2 * DAY);
    office.carry_out("desk", &id).unwrap();
    office.wait(10 * DAY - HOUR);
    assert_eq!(office.holds("new"), held(&[("p2", "caseworker")]));
    office.wait(HOUR);
    assert!(office.holds("new").is_empty());
}

#[test]
fn what_was_to_end_before_the_desk_came_ends_when_it_comes() {
    let mut office = Office::new();
    let tomorrow = office.later(DAY);
    let leave = |at| {
        let mut form = form(RequestKind::Remove, "cw", vec![UserChange::End { number: 1, at: Some(at) }]);
        form.confirmed.insert("queue-empty".to_owned());
        form
    };
    let id = office.ask("tl11", leave(tomorrow)).unwrap();
    office.wait(2 * DAY);
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Fulfilled);
    assert!(office.holds("cw").is_empty());
    // Not before, where the desk is early.
    let mut office = Office::new();
    let id = office.ask("tl11", leave(office.later(DAY))).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert!(!office.holds("cw").is_empty());
    office.wait(DAY);
    assert!(office.holds("cw").is_empty());
}

#[test]
fn what_was_asked_for_whoever_is_erased_fails() {
    let mut office = Office::new();
    office.user("other", "t11", &[]);
    let draft = office.draft("tl11", set_up()).unwrap();
    let at_desk = office.ask("tl11", set_up()).unwrap();
    let mut software = form(RequestKind::Amend, "cw", vec![grant("tsiem")]);
    software.fields.insert("licensed-software-form".to_owned(), "CMUA14-7".to_owned());
    let waits = office.ask("tl11", software).unwrap();
    let others = form(RequestKind::SetUp, "other", vec![add("p3", "caseworker")]);
    let others = office.ask("tl11", others).unwrap();
    for user in ["new", "cw"] {
        office.operate(Body::EraseUser(UserId::parse(user).unwrap()));
        assert_eq!(office.told, ["tl11 decided"], "whose request failed");
    }
    for id in [&at_desk, &waits] {
        assert_eq!(office.stage(id), Stage::Failed(Reason::UnknownUser));
        assert!(office.request(id).content.people[0].changes.is_empty());
        assert_eq!(office.request(id).waits_for, WaitsFor::default());
    }
    assert_eq!(office.stage(&draft), Stage::Draft, "its author takes it back");
    assert!(matches!(office.stage(&others), Stage::Approved { .. }));
    assert_eq!(office.request(&others).content.people[0].changes.len(), 1);
    assert_eq!(
        office.give(Actor::Operator, Body::EraseUser(UserId::parse("nobody").unwrap())).unwrap_err().reason,
        Reason::UnknownUser
    );
}

#[test]
fn two_who_were_promised_one_position_do_not_both_get_it() {
    let mut office = Office::new();
    office.user("other", "t11", &[]);
    let first = office.ask("tl11", set_up()).unwrap();
    let second = form(RequestKind::SetUp, "other", vec![add("p2", "caseworker")]);
    let second = office.ask("tl11", second).unwrap();
    office.carry_out("desk", &second).unwrap();
    office.carry_out("desk", &first).unwrap();
    assert_eq!(office.stage(&second), Stage::Fulfilled);
    assert_eq!(office.stage(&first), Stage::Failed(Reason::CapacityFull));
    assert!(office.holds("new").is_empty());
}

#[test]
fn standing_is_judged_again_when_it_takes_effect() {
    let mut office = Office::new();
    let id = office.ask("tl11", set_up()).unwrap();
    office.operate(Body::ManageUser(person("tl11", vec![UserChange::Disable])));
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Failed(Reason::UserDisabled));
    assert!(office.holds("new").is_empty());
    let mut office = Office::new();
    let id = office.ask("tl11", set_up()).unwrap();
    // By now the person holds something.
    office.operate(Body::ManageUser(person("new", vec![add("p3", "caseworker")])));
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Failed(Reason::RequestKind));
}

#[test]
fn a_system_with_an_approver_of_its_own_waits_for_them_and_takes_effect_at_once() {
    let mut office = Office::new();
    let software = || {
        let mut form = form(RequestKind::Amend, "cw", vec![grant("tsiem")]);
        form.fields.insert("licensed-software-form".to_owned(), "CMUA14-7".to_owned());
        form
    };
    let id = office.ask("tl11", software()).unwrap();
    assert!(matches!(office.stage(&id), Stage::Submitted { .. }));
    assert!(office.sees("adviser", &id) && !office.sees("telephony", &id));
    assert_eq!(why(office.approve("telephony", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("adviser", &id)), None);
    assert_eq!(office.stage(&id), Stage::Fulfilled);
    // The other way round: the adviser alone approves nothing of where it is used.
    let mut office = Office::new();
    office.user("tl11c", "t11", &[("t11", "team-leader")]);
    let id = office.draft("tl11", software()).unwrap();
    let approvers = office.approvers(&id);
    assert_eq!(approvers["p1"], names(&["director", "dm", "sm1", "tl11", "tl11b", "tl11c"]));
}

#[test]
fn a_request_for_two_desks_takes_effect_when_both_are_done() {
    let mut office = Office::new();
    let mut both = form(RequestKind::Amend, "cw", vec![grant("telephony"), grant("sas")]);
    both.fields.insert("licensed-software-form".to_owned(), "CMUA14-8".to_owned());
    let id = office.ask("tl11", both).unwrap();
    office.carry_out("support", &id).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
    assert_eq!(why(office.carry_out("support", &id)), Some(Reason::OutOfReach));
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Fulfilled);
}

#[test]
fn a_whole_team_moves_by_one_request_or_not_at_all() {
    let mut office = Office::new();
    office.unit("q2", "position", "CW002", Some("t12"));
    office.user("cw2", "t11", &[("p2", "caseworker")]);
    let moves = |first: &str, second: &str| {
        let mut form = form(RequestKind::Amend, "cw", vec![end(1), add(first, "caseworker")]);
        form.people.push(person("cw2", vec![end(1), add(second, "caseworker")]));
        form
    };
    assert_eq!(why(office.ask("sm1", moves("q1", "q1"))), Some(Reason::CapacityFull));
    let id = office.ask("sm1", moves("q1", "q2")).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.holds("cw"), held(&[("q1", "caseworker")]));
    assert_eq!(office.holds("cw2"), held(&[("q2", "caseworker")]));
}

#[test]
fn nobody_carries_out_what_is_about_themselves() {
    let mut office = Office::new();
    office.user("clerk", "t11", &[("d", "it-service-desk"), ("p2", "caseworker")]);
    let more = form(RequestKind::Amend, "clerk", vec![add("p3", "caseworker")]);
    let id = office.ask("sm1", more).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
    assert_eq!(why(office.carry_out("clerk", &id)), Some(Reason::SelfManagement));
    assert_eq!(why(office.carry_out("desk", &id)), None);
}

#[test]
fn nobody_approves_a_system_for_the_same_person() {
    let mut office = Office::new();
    let same = UserChange::SetSamePerson(Some(super::office::ids("adviser")));
    office.operate(Body::ManageUser(person("cw", vec![same])));
    let mut software = form(RequestKind::Amend, "cw", vec![grant("tsiem")]);
    software.fields.insert("licensed-software-form".to_owned(), "CMUA14-9".to_owned());
    // The only one who could.
    assert_eq!(why(office.ask("sm1", software.clone())), Some(Reason::NoApprover));
    office.user("other", "d", &[("d", "security-adviser")]);
    let id = office.ask("sm1", software).unwrap();
    assert_eq!(why(office.approve("adviser", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("other", &id)), None);
    assert_eq!(office.stage(&id), Stage::Fulfilled);
}

#[test]
fn who_carries_it_out_is_said_by_the_rules_of_the_day() {
    let desk = "fulfilled_by = \"it-service-desk\"";
    let at_once = |office: &mut Office| office.rules(|text| text.replace(desk, ""));
    // Nobody does any more: an operator lets it go on.
    let mut office = Office::new();
    let id = office.ask("tl11", set_up()).unwrap();
    at_once(&mut office);
    assert_eq!(why(office.carry_out("desk", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.carry_out("", &id)), None);
    assert_eq!(office.stage(&id), Stage::Fulfilled);
    // Somebody does by now: what was to take effect by itself waits for them.
    let mut office = Office::new();
    at_once(&mut office);
    let wanted_at = Some(office.later(DAY));
    let id = office.ask("tl11", Content { wanted_at, ..set_up() }).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { due_at: None, .. }));
    office.rules(str::to_owned);
    office.wait(DAY);
    office.due(&id).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { due_at: Some(_), .. }));
    assert!(office.holds("new").is_empty());
    assert_eq!(office.request(&id).waits_for.desks, names(&["it-service-desk"]));
    assert_eq!(why(office.due(&id)), Some(Reason::NotDue));
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.holds("new"), held(&[("p2", "caseworker")]));
}

//! Who approves what: every unit touched, by somebody at least one grade higher, and never by whom it is about.

use bailiwick_identity::Field;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Body, Content, FieldChange, GrantSpec, Happened, OptionsSpec, Patch, Seat, Stage, UserChange,
    awaits_approval_of,
};

use super::office::{Office, add, end, form, grant, ids, names, person, somebody, why};

/// A caseworker of one segment gets a position in another.
fn secondary() -> Content {
    form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")])
}

#[test]
fn a_field_that_a_role_needs_is_no_matter_of_who_approves() {
    let mut office = Office::new();
    office.rules(|cmg| {
        let needs = "[roles.caseworker]\nrequired_fields = [\"location\"]\n";
        cmg.replacen("[roles.caseworker]\n", needs, 1)
    });
    let secondary = || form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]);
    // Without the field nobody could approve it: that is told when it is submitted.
    assert_eq!(why(office.ask("tl11", secondary())), Some(Reason::FieldRequired));
    let location = FieldChange::Field(Field::Location, Some("Leeds".to_owned()));
    office.operate(Body::ManageUser(person("cw", vec![UserChange::UpdateProfile(vec![location])])));
    let id = office.ask("tl11", secondary()).unwrap();
    assert!(office.sees("sm2", &id) && office.approvers(&id)["r1"].contains("sm2"));
    office.approve("sm2", &id).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.holds("cw").len(), 2);
}

#[test]
fn who_approved_for_a_system_has_approved_no_unit() {
    let mut office = Office::new();
    office.user("tlx", "t11", &[("t12", "team-leader"), ("r1", "caseworker")]);
    // Their right covers the unit in the other segment, but they are of the same grade as whom it is about.
    office.user("both", "t21", &[("t21", "team-leader"), ("d", "telephony-approver")]);
    let grant =
        GrantSpec { system: "verint-global".to_owned(), starts_at: None, ends_at: None, reason: None };
    let id = office.ask("sm1", form(RequestKind::Amend, "tlx", vec![UserChange::Grant(grant)])).unwrap();
    let waits = |office: &Office, user: &str| {
        awaits_approval_of(&office.state, office.request(&id), &ids(user), office.now)
    };
    assert!(waits(&office, "both") && waits(&office, "sm2"));
    office.approve("both", &id).unwrap();
    assert!(matches!(office.stage(&id), Stage::Submitted { .. }));
    assert!(!waits(&office, "both") && waits(&office, "sm2"));
    office.approve("sm2", &id).unwrap();
    assert!(!waits(&office, "sm2"));
}

#[test]
fn the_receiving_segments_manager_or_above_approves_who_comes_from_another() {
    let mut office = Office::new();
    let id = office.ask("tl11", secondary()).unwrap();
    let approvers = office.approvers(&id);
    assert_eq!(approvers["r1"], names(&["director", "dm", "sm2"]));
    // The team leader there is one grade higher, and not enough.
    assert_eq!(why(office.approve("tl21", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("sm1", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("sm2", &id)), None);
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
}

#[test]
fn nobody_approves_who_is_not_above_what_the_person_would_become() {
    let mut office = Office::new();
    let leads = form(RequestKind::Amend, "cw", vec![add("t12", "team-leader")]);
    let id = office.ask("sm1", leads).unwrap();
    // Author and approver: the segment manager covers the team.
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
    let approvers = office.request(&id).approvals.clone();
    assert_eq!(approvers.len(), 1);
    let mut office = Office::new();
    office.user("sm1b", "s1", &[("s1", "segment-manager")]);
    let manages = form(RequestKind::Amend, "cw", vec![add("s1", "segment-manager")]);
    assert_eq!(why(office.ask("sm1", manages.clone())), Some(Reason::RankTooLow));
    let id = office.draft("dm", manages).unwrap();
    assert_eq!(office.approvers(&id)["s1"], names(&["director", "dm"]));
}

#[test]
fn a_move_between_teams_is_asked_for_and_approved_by_a_segment_manager() {
    let mut office = Office::new();
    let moves = || form(RequestKind::Amend, "cw", vec![end(1), add("q1", "caseworker")]);
    assert_eq!(why(office.ask("tl11", moves())), Some(Reason::RankTooLow));
    let id = office.draft("sm1", moves()).unwrap();
    let approvers = office.approvers(&id);
    assert_eq!(approvers.keys().cloned().collect::<std::collections::BTreeSet<_>>(), names(&["p1", "q1"]));
    for unit in ["p1", "q1"] {
        assert_eq!(approvers[unit], names(&["director", "dm", "sm1"]), "{unit}");
    }
    office.submit("sm1", &[&id]).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
    // Within the team, its leader is enough.
    let within = form(RequestKind::Amend, "cw", vec![end(1), add("p2", "caseworker")]);
    assert_eq!(why(office.ask("tl11", within)), None);
}

#[test]
fn a_move_is_a_move_however_the_end_is_put() {
    let mut office = Office::new();
    let tomorrow = office.later(super::office::DAY);
    let ends = OptionsSpec { ends_at: Patch::Set(tomorrow), ..OptionsSpec::default() };
    let starts = OptionsSpec { starts_at: Patch::Set(tomorrow), ..OptionsSpec::default() };
    let amended = UserChange::Amend { number: 1, role: None, options: ends };
    let postponed = UserChange::Amend { number: 1, role: None, options: starts };
    let later = UserChange::End { number: 1, at: Some(tomorrow) };
    for ended in [amended, postponed, later] {
        let moves = form(RequestKind::Amend, "cw", vec![ended, add("q1", "caseworker")]);
        assert_eq!(why(office.ask("tl11", moves)), Some(Reason::RankTooLow));
    }
}

#[test]
fn who_comes_with_two_segments_at_once_has_one_of_them_as_another() {
    let mut office = Office::new();
    let both = |confirmed: bool| {
        let changes = vec![add("p2", "caseworker"), add("r1", "caseworker")];
        let mut content = form(RequestKind::SetUp, "new", changes);
        if !confirmed {
            content.confirmed.remove("authorisation-received");
        }
        content
    };
    assert_eq!(why(office.ask("tl11", both(false))), Some(Reason::ConfirmationRequired));
    let id = office.ask("tl11", both(true)).unwrap();
    assert_eq!(office.approvers(&id)["r1"], names(&["director", "dm", "sm2"]));
    assert!(office.approvers(&id)["p2"].contains("tl11"));
}

#[test]
fn each_segment_approves_its_part_of_a_move_between_them() {
    let mut office = Office::new();
    let id =
        office.ask("sm1", form(RequestKind::Amend, "cw", vec![end(1), add("r1", "caseworker")])).unwrap();
    assert!(matches!(office.stage(&id), Stage::Submitted { .. }));
    assert_eq!(office.request(&id).approvals.len(), 1);
    assert_eq!(office.approvers(&id)["p1"], names(&["director", "dm", "sm1"]));
    assert_eq!(office.approvers(&id)["r1"], names(&["director", "dm", "sm2"]));
    assert_eq!(why(office.approve("sm1", &id)), Some(Reason::NothingToChange));
    assert_eq!(why(office.approve("sm2", &id)), None);
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
}

#[test]
fn who_is_in_a_form_approves_none_of_it_nor_does_the_same_person() {
    let mut office = Office::new();
    office.user("twin", "t11", &[("s1", "segment-manager")]);
    let same = UserChange::SetSamePerson(Some(super::office::ids("cw")));
    office.operate(bailiwick_realm::Body::ManageUser(person("twin", vec![same])));
    let id = office.draft("dm", form(RequestKind::Amend, "cw", vec![add("p2", "caseworker")])).unwrap();
    assert!(!office.approvers(&id)["p2"].contains("twin"));
    office.submit("dm", &[&id]).unwrap();
    // A form for several people: a team leader who is in it approves for none of them.
    office.unit("r2", "position", "CW002", Some("t21"));
    let mut both = form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]);
    both.people.push(person("tl21", vec![add("r2", "caseworker")]));
    let id = office.draft("dm", both).unwrap();
    assert_eq!(office.approvers(&id)["r1"], names(&["director", "dm", "sm2"]));
    office.submit("dm", &[&id]).unwrap();
    assert!(!office.sees("cw", &id) && !office.sees("tl21", &id), "others are in it");
    // Whom alone it is about sees it, and hears why not.
    let own = office.ask("tl11", secondary()).unwrap();
    assert_eq!(why(office.approve("cw", &own)), Some(Reason::SelfManagement));
    assert_eq!(why(office.reject("cw", &own)), Some(Reason::SelfManagement));
}

#[test]
fn a_rejection_says_why() {
    let mut office = Office::new();
    let id = office.ask("tl11", secondary()).unwrap();
    assert_eq!(why(office.reject("sm2", &id)), None);
    assert_eq!(office.stage(&id), Stage::Rejected);
    assert_eq!(office.request(&id).steps.last().unwrap().why.as_deref(), Some("because"));
    assert_eq!(why(office.approve("dm", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("sm2", &id)), Some(Reason::RequestStage));
}

#[test]
fn a_request_that_nobody_could_approve_is_refused_at_once() {
    let mut office = Office::new();
    // Of the highest grade: nobody is above.
    let directs = form(RequestKind::SetUp, "new", vec![add("d", "director")]);
    assert_eq!(why(office.ask("director", directs)), Some(Reason::RankTooLow));
    // There is a manager, who is the one whom it is about.
    let mut office = Office::new();
    let ends = form(RequestKind::Remove, "dm", vec![end(1)]);
    assert_eq!(why(office.ask("director", ends.clone())), None);
    let offer = form(RequestKind::Amend, "cw", vec![add("p1", "caseworker")]);
    assert_eq!(why(office.ask("sm1", offer)), Some(Reason::AlreadyInGroup));
}

#[test]
fn an_approver_who_stands_lower_by_now_lets_it_fail_visibly() {
    let mut office = Office::new();
    let id =
        office.ask("sm1", form(RequestKind::Amend, "cw", vec![end(1), add("r1", "caseworker")])).unwrap();
    // A low role more: their lowest is that of whom they ask for.
    office.operate(bailiwick_realm::Body::ManageUser(person("sm1", vec![add("p3", "caseworker")])));
    office.approve("sm2", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Failed(Reason::RankTooLow));
    assert_eq!(office.holds("cw"), super::office::held(&[("p1", "caseworker")]));
}

/// Somebody else was faster: what nobody can approve any more is still read, and rejected, by those who could.
#[test]
fn what_a_limit_stands_against_is_not_approved_and_may_be_rejected() {
    let mut office = Office::new();
    let moves = form(RequestKind::Amend, "cw", vec![end(1), add("r1", "caseworker")]);
    let id = office.ask("sm1", moves).unwrap();
    assert!(office.sees("sm2", &id) && !office.sees("tl21", &id));
    office.user("other", "t21", &[("r1", "caseworker")]);
    assert!(office.sees("sm2", &id) && !office.sees("tl21", &id));
    let awaits = |user| awaits_approval_of(&office.state, office.request(&id), &ids(user), office.now);
    assert!(awaits("sm2") && !awaits("tl21") && !awaits("sm1"));
    assert_eq!(why(office.approve("sm2", &id)), Some(Reason::CapacityFull));
    assert_eq!(why(office.reject("tl21", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.reject("sm2", &id)), None);
    assert_eq!(office.stage(&id), Stage::Rejected);
}

/// Nor does a limit let anybody see what is above them: not what is given elsewhere.
#[test]
fn what_a_limit_stands_against_is_nothing_to_who_could_not_have_approved_it() {
    let mut office = Office::new();
    office.unit("t22", "team", "TL022", Some("s2"));
    office.user("fresh", "t21", &[]);
    let UserChange::Assign(mut place) = add("t21", "caseworker") else { panic!("no assignment") };
    place.seat = Seat::LowestAvailable;
    let (system, reason) = ("tsiem".to_owned(), None);
    let licensed = UserChange::Grant(GrantSpec { system, starts_at: None, ends_at: None, reason });
    let given = vec![UserChange::Assign(place), add("t22", "team-leader"), licensed];
    let mut given = form(RequestKind::SetUp, "fresh", given);
    given.fields.insert("licensed-software-form".to_owned(), "CMUA14-7".to_owned());
    let id = office.ask("sm2", given).unwrap();
    assert!(matches!(office.stage(&id), Stage::Submitted { .. }));
    assert!(office.sees("dm", &id) && !office.sees("tl21", &id));
    office.user("other", "t21", &[("r1", "caseworker")]);
    assert!(office.sees("dm", &id) && !office.sees("tl21", &id));
    assert_eq!(why(office.reject("tl21", &id)), Some(Reason::UnknownRequest));
}

/// Whoever may not any more, by whatever rule, is in no limit's way.
#[test]
fn who_may_not_approve_any_more_does_not_read_it() {
    let mut office = Office::new();
    office.operate(Body::ManageUser(person("cw", vec![add("r1", "caseworker")])));
    let mut disable = form(RequestKind::Remove, "cw", vec![UserChange::Disable]);
    disable.confirmed.insert("queue-empty".to_owned());
    let id = office.ask("sm1", disable).unwrap();
    assert!(office.sees("sm2", &id));
    office.operate(Body::ManageUser(person("cw", vec![add("d", "it-service-desk")])));
    assert!(!office.sees("sm2", &id));
}

/// Where what a request waited for is gone, whoever approved it says so once more.
#[test]
fn what_waits_for_nobody_any_more_goes_on() {
    let mut office = Office::new();
    office.operate(Body::ManageUser(person("cw", vec![add("r1", "caseworker")])));
    let mut disable = form(RequestKind::Remove, "cw", vec![UserChange::Disable]);
    disable.confirmed.insert("queue-empty".to_owned());
    let id = office.ask("sm1", disable).unwrap();
    assert_eq!(why(office.approve("sm1", &id)), Some(Reason::NothingToChange));
    office.operate(Body::ManageUser(person("cw", vec![end(2)])));
    assert_eq!(why(office.approve("sm2", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.approve("sm1", &id)), None);
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
    assert_eq!(office.request(&id).approvals.len(), 1);
    let said = office.request(&id).steps.iter().filter(|step| step.what == Happened::Approved);
    assert_eq!(said.count(), 2);
}

#[test]
fn the_two_lowest_in_rank_who_may_approve_are_told() {
    let mut office = Office::new();
    let far = || form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]);
    office.ask("tl11", far()).unwrap();
    // Not the director, who may as well.
    assert_eq!(names_of(&office), ["dm", "sm2"]);
    office.user("sm2b", "s2", &[("s2", "segment-manager")]);
    office.ask("tl11", far()).unwrap();
    assert_eq!(names_of(&office), ["sm2", "sm2b"]);
    // The same for a system with an approver of its own.
    for user in ["adviser2", "adviser3"] {
        office.user(user, "d", &[("d", "security-adviser")]);
    }
    let mut software = form(RequestKind::Amend, "cw", vec![grant("tsiem")]);
    software.fields.insert("licensed-software-form".to_owned(), "CMUA14-7".to_owned());
    office.ask("tl11", software).unwrap();
    assert_eq!(names_of(&office), ["adviser", "adviser2"]);
}

/// Who is told that something waits for them.
fn names_of(office: &Office) -> Vec<&str> {
    let mut names: Vec<&str> =
        office.told.iter().filter_map(|told| told.strip_suffix(" to approve")).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_line_manager_whom_the_author_sees_is_in_no_approvers_way() {
    let mut office = Office::new();
    let mut new = somebody("pia", "t11");
    new.fields.insert(Field::LineManager, "tl11".to_owned());
    let both = vec![UserChange::Create(new), add("p2", "caseworker"), add("r1", "caseworker")];
    let id = office.ask("tl11", form(RequestKind::SetUp, "pia", both)).unwrap();
    assert_eq!(office.approvers(&id)["r1"], names(&["director", "dm", "sm2"]));
    office.approve("sm2", &id).unwrap();
}

//! Who may complete a form about whom, and what must be in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Actor, Body, Content, Happened, NewUser, OptionsSpec, Patch, ReadRequest, RequestCommand, Stage,
    UserChange,
};

use super::office::{DAY, Office, acting, add, end, form, person, request_id, why};

fn set_up(user: &str) -> Content {
    form(RequestKind::SetUp, user, vec![add("p2", "caseworker")])
}

#[test]
fn a_team_leader_asks_for_a_caseworker_and_approves_it_by_asking() {
    let mut office = Office::new();
    let id = office.ask("tl11", set_up("new")).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { due_at: Some(_), .. }));
    let request = office.request(&id);
    assert_eq!(request.approvals.len(), 1);
    assert_eq!(request.approvals[0].by.as_str(), "tl11");
    // Nothing is held before the desk has carried it out.
    assert!(office.holds("new").is_empty());
}

#[test]
fn a_form_is_completed_at_least_one_grade_higher_than_what_the_person_is_and_would_become() {
    let mut office = Office::new();
    let leader = |user: &str| form(RequestKind::SetUp, user, vec![add("t11", "team-leader")]);
    assert_eq!(why(office.ask("tl11", leader("new"))), Some(Reason::RankTooLow));
    assert_eq!(why(office.ask("sm1", leader("new"))), None);
    // Of an equal, a team leader asks for nothing.
    let ends = form(RequestKind::Remove, "tl11b", vec![end(1)]);
    assert_eq!(why(office.ask("tl11", ends.clone())), Some(Reason::RankTooLow));
    assert_eq!(why(office.ask("sm1", ends)), None);
}

#[test]
fn nobody_asks_for_themselves_where_the_scheme_does_not_say_so() {
    let mut office = Office::new();
    let more = form(RequestKind::Amend, "tl11", vec![add("p3", "caseworker")]);
    assert_eq!(why(office.ask("tl11", more)), Some(Reason::SelfManagement));
}

#[test]
fn who_only_works_on_cases_asks_for_nothing() {
    let mut office = Office::new();
    assert_eq!(why(office.ask("cw", set_up("new"))), Some(Reason::NoManagementRight));
}

#[test]
fn an_operator_asks_for_nobody_and_decides_about_nothing() {
    let mut office = Office::new();
    assert_eq!(why(office.ask("", set_up("new"))), Some(Reason::NotAuthor));
    let open = office.ask("sm1", form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")])).unwrap();
    assert_eq!(why(office.approve("", &open)), Some(Reason::ActorRequired));
    assert_eq!(why(office.reject("", &open)), Some(Reason::ActorRequired));
}

#[test]
fn who_is_out_of_sight_is_nobody() {
    let mut office = Office::new();
    office.user("far", "t21", &[("r1", "caseworker")]);
    let about = |user: &str| form(RequestKind::Amend, user, vec![add("p2", "caseworker")]);
    let far = office.draft("tl11", about("far")).unwrap_err();
    let nobody = office.draft("tl11", about("nobody")).unwrap_err();
    assert_eq!(far, nobody);
    assert_eq!(far.reason, Reason::UnknownUser);
}

#[test]
fn nobody_comes_into_sight_by_a_draft_that_was_to_make_them() {
    let mut office = Office::new();
    let new = NewUser {
        home: crate::realm::unit_id("t11"),
        username: None,
        fields: BTreeMap::new(),
        external_ids: BTreeMap::new(),
    };
    let makes = form(RequestKind::SetUp, "far", vec![UserChange::Create(new)]);
    let id = office.draft("sm1", makes.clone()).unwrap();
    office.user("far", "t21", &[("r1", "caseworker")]);
    // Who is there is not made: nothing is told of what they hold.
    assert_eq!(why(office.draft("sm1", makes)), Some(Reason::AlreadyExists));
    assert_eq!(why(office.submit("sm1", &[&id])), Some(Reason::AlreadyExists));
    let request = office.read(&id);
    let content = form(RequestKind::Amend, "far", vec![add("p2", "caseworker")]);
    let update = RequestCommand::Update { request, content };
    let refused = office.give(acting("sm1"), Body::Request(Box::new(update)));
    assert_eq!(why(refused), Some(Reason::UnknownUser));
}

#[test]
fn who_has_left_sight_since_the_draft_is_nobody() {
    let mut office = Office::new();
    let id = office.draft("tl11", form(RequestKind::Amend, "cw", vec![add("p2", "caseworker")])).unwrap();
    let leaves = vec![end(1), add("r1", "caseworker")];
    office.operate(Body::ManageUser(person("cw", leaves)));
    assert_eq!(why(office.submit("tl11", &[&id])), Some(Reason::UnknownUser));
}

#[test]
fn a_form_is_for_a_hundred_people_at_most() {
    let mut office = Office::new();
    let people = |n: usize| -> Vec<_> {
        (0..n).map(|n| person(&format!("new-{n}"), vec![add("p2", "caseworker")])).collect()
    };
    let content = |n| Content { people: people(n), ..form(RequestKind::SetUp, "new", Vec::new()) };
    assert_eq!(why(office.draft("sm1", content(101))), Some(Reason::TooMany));
    assert_eq!(why(office.draft("sm1", content(100))), Some(Reason::UnknownUser), "these are nobody");
}

#[test]
fn a_number_that_is_still_to_be_given_is_not_named() {
    let mut office = Office::new();
    let options = OptionsSpec { ends_at: Patch::Set(office.later(DAY)), ..OptionsSpec::default() };
    let amend = UserChange::Amend { number: 2, role: None, options };
    let content = form(RequestKind::Amend, "cw", vec![add("p2", "caseworker"), amend]);
    assert_eq!(why(office.ask("sm1", content)), Some(Reason::NotHeld));
}

#[test]
fn the_author_submits_for_a_unit_that_the_person_holds_or_is_asked_to_hold() {
    let mut office = Office::new();
    // Whoever leads another team of the segment does not see the caseworker at all.
    let elsewhere = form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]);
    assert_eq!(why(office.ask("tl12", elsewhere.clone())), Some(Reason::UnknownUser));
    // By what is held: the team leader of the present team asks for a position in another segment.
    let id = office.ask("tl11", elsewhere).unwrap();
    assert!(matches!(office.stage(&id), Stage::Submitted { .. }));
}

#[test]
fn the_kind_of_a_request_fits_what_is_held() {
    let mut office = Office::new();
    let suspend = |number| UserChange::Suspend { number, from: None, until: None };
    for (kind, user, change) in [
        (RequestKind::SetUp, "cw", add("p2", "caseworker")),
        (RequestKind::Amend, "new", add("p2", "caseworker")),
        (RequestKind::Remove, "new", end(1)),
        (RequestKind::Suspend, "new", suspend(1)),
        (RequestKind::Reinstate, "cw", UserChange::Reinstate { number: 1 }),
        // Nor is another change smuggled in.
        (RequestKind::Remove, "cw", add("p2", "caseworker")),
        (RequestKind::Suspend, "cw", end(1)),
        (RequestKind::SetUp, "new", end(1)),
        (RequestKind::Amend, "cw", UserChange::SetClearance(true)),
        (RequestKind::Amend, "cw", UserChange::UpdateProfile(Vec::new())),
    ] {
        let asked = office.ask("sm1", form(kind, user, vec![change.clone()]));
        assert_eq!(why(asked), Some(Reason::RequestKind), "{kind:?} {change:?}");
    }
    assert_eq!(why(office.ask("sm1", form(RequestKind::Suspend, "cw", vec![suspend(1)]))), None);
}

#[test]
fn what_the_scheme_asks_for_is_filled_in_and_confirmed() {
    let mut office = Office::new();
    let complete = set_up("new");
    let unconfirmed = Content { confirmed: BTreeSet::new(), ..complete.clone() };
    assert_eq!(why(office.ask("tl11", unconfirmed)), Some(Reason::ConfirmationRequired));
    let mut unknown = complete.clone();
    unknown.confirmed.insert("anything".to_owned());
    assert_eq!(why(office.draft("tl11", unknown)), Some(Reason::UnknownName));
    // A stand-in is explained.
    let mut note = form(RequestKind::SetUp, "new", vec![add("x9", "caseworker")]);
    if let UserChange::Assign(spec) = &mut note.people[0].changes[0] {
        spec.options.note = bailiwick_realm::Patch::Set("no position".to_owned());
    }
    assert_eq!(why(office.ask("tl11", note.clone())), Some(Reason::FieldRequired));
    note.fields = BTreeMap::from([("further-information".to_owned(), "no caseworker needed".to_owned())]);
    assert_eq!(why(office.ask("tl11", note)), None);
}

#[test]
fn several_drafts_are_submitted_together_all_or_none() {
    let mut office = Office::new();
    office.user("other", "t11", &[]);
    let good = office.draft("tl11", set_up("new")).unwrap();
    let same = form(RequestKind::SetUp, "other", vec![add("t11", "team-leader")]);
    let bad = office.draft("tl11", same).unwrap();
    assert_eq!(why(office.submit("tl11", &[&good, &bad])), Some(Reason::RankTooLow));
    assert_eq!(office.stage(&good), Stage::Draft);
    let too = office.draft("tl11", form(RequestKind::SetUp, "other", vec![add("p3", "caseworker")])).unwrap();
    assert_eq!(why(office.submit("tl11", &[&good, &too])), None);
    assert!(matches!(office.stage(&good), Stage::Approved { .. }));
    assert!(matches!(office.stage(&too), Stage::Approved { .. }));
    assert_eq!(why(office.submit("tl11", &[&good, &good])), Some(Reason::AlreadyExists));
}

#[test]
fn a_submitted_request_is_never_edited_and_a_draft_is_its_authors_alone() {
    let mut office = Office::new();
    let id = office.draft("tl11", set_up("new")).unwrap();
    let read = office.read(&id);
    let edit = |request, content| Body::Request(Box::new(RequestCommand::Update { request, content }));
    let other = form(RequestKind::SetUp, "new", vec![add("p3", "caseworker")]);
    // A draft is seen by nobody else, whoever they are.
    for reader in ["sm1", "tl11b", "new"] {
        assert!(!office.sees(reader, &id));
        let refused = office.give(acting(reader), edit(read.clone(), other.clone()));
        assert_eq!(why(refused), Some(Reason::UnknownRequest));
        assert_eq!(why(office.submit(reader, &[&id])), Some(Reason::UnknownRequest));
    }
    assert_eq!(why(office.give(acting("tl11"), edit(read.clone(), other.clone()))), None);
    // What was read before is not what is there.
    assert_eq!(why(office.give(acting("tl11"), edit(read, other.clone()))), Some(Reason::EtagMismatch));
    office.submit("tl11", &[&id]).unwrap();
    let read = office.read(&id);
    assert_eq!(why(office.give(acting("tl11"), edit(read, other))), Some(Reason::RequestStage));
}

#[test]
fn what_waits_is_taken_back_by_its_author_until_it_is_decided_or_has_expired() {
    let mut office = Office::new();
    let elsewhere = || form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]);
    let id = office.ask("tl11", elsewhere()).unwrap();
    assert_eq!(why(office.withdraw("sm2", &id)), Some(Reason::NotAuthor));
    assert_eq!(why(office.withdraw("tl11b", &id)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.withdraw("tl11", &id)), None);
    assert_eq!(office.stage(&id), Stage::Withdrawn);
    assert_eq!(why(office.approve("sm2", &id)), Some(Reason::UnknownRequest));
    let late = office.ask("tl11", elsewhere()).unwrap();
    assert_eq!(why(office.due(&late)), Some(Reason::NotDue));
    office.wait(30 * DAY);
    assert_eq!(why(office.withdraw("tl11", &late)), Some(Reason::RequestStage));
    // It waits for nobody any more.
    assert_eq!(why(office.approve("sm2", &late)), Some(Reason::UnknownRequest));
    assert_eq!(why(office.due(&late)), None);
    assert_eq!(office.stage(&late), Stage::Expired);
    assert_eq!(why(office.due(&late)), Some(Reason::NotDue));
}

#[test]
fn a_person_is_named_once_and_a_request_asks_for_something() {
    let mut office = Office::new();
    let mut twice = set_up("new");
    twice.people.push(twice.people[0].clone());
    assert_eq!(why(office.draft("tl11", twice)), Some(Reason::AlreadyExists));
    let mut nobody = set_up("new");
    nobody.people.clear();
    assert_eq!(why(office.draft("tl11", nobody)), Some(Reason::TooMany));
    let nothing = Content { people: vec![person("new", Vec::new())], ..set_up("new") };
    assert_eq!(why(office.draft("tl11", nothing)), Some(Reason::TooMany));
    let taken = RequestCommand::Create { id: request_id("r-9"), copy_of: None, content: set_up("new") };
    office.give(acting("tl11"), Body::Request(Box::new(taken.clone()))).unwrap();
    let again = office.give(acting("tl11"), Body::Request(Box::new(taken)));
    assert_eq!(why(again), Some(Reason::AlreadyExists));
}

#[test]
fn what_goes_by_request_goes_by_nothing_else() {
    let mut office = Office::new();
    let direct = Body::ManageUser(person("new", vec![add("p2", "caseworker")]));
    assert_eq!(why(office.give(acting("sm1"), direct.clone())), Some(Reason::RequestRequired));
    assert_eq!(why(office.give(Actor::Operator, direct)), None);
}

#[test]
fn what_is_asked_for_lasts_a_second_at_least_and_a_century_at_most() {
    let mut office = Office::new();
    let lasting = |seconds: u64| Content { lasts: Some(Duration::from_secs(seconds)), ..set_up("new") };
    let century = 100 * 366 * 86_400;
    for allowed in [1, century] {
        assert_eq!(why(office.draft("tl11", lasting(allowed))), None, "{allowed}");
    }
    for refused in [0, century + 1] {
        assert_eq!(why(office.draft("tl11", lasting(refused))), Some(Reason::BadInterval), "{refused}");
    }
}

#[test]
fn no_id_is_a_national_identifier() {
    let mut office = Office::new();
    let create = |id: &str, user: &str| {
        let content = set_up(user);
        RequestCommand::Create { id: request_id(id), copy_of: None, content }
    };
    for (id, user) in [("123-45-6789", "new"), ("r-1", "123-45-6789")] {
        let refused = office.give(acting("tl11"), Body::Request(Box::new(create(id, user))));
        assert_eq!(why(refused), Some(Reason::FieldInvalid), "{id} {user}");
    }
}

#[test]
fn a_copy_is_made_by_who_sees_what_is_copied() {
    let mut office = Office::new();
    let elsewhere = form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]);
    let id = office.ask("tl11", elsewhere.clone()).unwrap();
    let mut copy = |author: &str, id: &str, of: &str| {
        let copied = if office.has(of) { office.read(of) } else { ReadRequest::of_nothing(request_id(of)) };
        let (id, copy_of) = (request_id(id), Some(copied));
        let create = RequestCommand::Create { id, copy_of, content: elsewhere.clone() };
        why(office.give(acting(author), Body::Request(Box::new(create))))
    };
    assert_eq!(copy("tl11", "c-1", &id), None);
    // The segment's manager approves none of it: it is as if it were not there.
    assert_eq!(copy("sm1", "c-2", &id), Some(Reason::UnknownRequest));
    assert_eq!(copy("sm1", "c-2", "nothing"), Some(Reason::UnknownRequest));
    assert_eq!(office.request("c-1").copy_of, Some(request_id(&id)));
    assert_eq!(office.stage("c-1"), Stage::Draft);
}

#[test]
fn however_often_a_draft_is_changed_it_is_told_once() {
    let mut office = Office::new();
    let id = office.draft("tl11", set_up("new")).unwrap();
    for position in ["p3", "p2", "p3"] {
        let content = form(RequestKind::SetUp, "new", vec![add(position, "caseworker")]);
        let request = office.read(&id);
        let update = RequestCommand::Update { request, content };
        office.give(acting("tl11"), Body::Request(Box::new(update))).unwrap();
    }
    let steps: Vec<Happened> = office.request(&id).steps.iter().map(|step| step.what).collect();
    assert_eq!(steps, [Happened::Drafted, Happened::Edited]);
    assert_eq!(office.request(&id).steps[1].revision, office.state.revision);
}

#[test]
fn a_basket_holds_a_thousand_changes_at_most() {
    let mut office = Office::new();
    // One unit after the other, far more than could be held: what is counted is counted first.
    let many = |count: usize| {
        let changes = (0..count).map(|n| add(["p2", "p3"][n % 2], "caseworker")).collect();
        form(RequestKind::SetUp, "new", changes)
    };
    assert_eq!(why(office.draft("tl11", many(1_001))), Some(Reason::TooMany));
    let first = office.draft("tl11", many(600)).unwrap();
    let second = office.draft("tl11", many(401)).unwrap();
    assert_eq!(why(office.submit("tl11", &[&first, &second])), Some(Reason::TooMany));
    assert_ne!(why(office.submit("tl11", &[&first])), Some(Reason::TooMany));
}

#[test]
fn of_a_draft_that_its_author_could_not_submit_nobody_is_told_to_approve_it() {
    let mut office = Office::new();
    // Of an equal: what else they hold is not found out by drafting about them.
    let ends = form(RequestKind::Remove, "tl11b", vec![end(1)]);
    let id = office.draft("tl11", ends.clone()).unwrap();
    assert!(office.approvers(&id).is_empty());
    let id = office.draft("sm1", ends).unwrap();
    assert_eq!(office.approvers(&id).len(), 1);
}

#[test]
fn a_draft_that_was_taken_back_stays_its_authors_alone() {
    let mut office = Office::new();
    let id = office.draft("tl11", form(RequestKind::Amend, "cw", vec![add("p2", "caseworker")])).unwrap();
    office.withdraw("tl11", &id).unwrap();
    assert!(!office.sees("cw", &id) && office.sees("tl11", &id));
    let id = office.ask("tl11", form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")])).unwrap();
    office.withdraw("tl11", &id).unwrap();
    assert!(office.sees("cw", &id));
}

#[test]
fn whom_a_draft_is_about_stays_in_it() {
    let mut office = Office::new();
    let id = office.draft("tl11", set_up("new")).unwrap();
    let mut update = |content: Content| {
        let request = office.read(&id);
        why(office.give(acting("tl11"), Body::Request(Box::new(RequestCommand::Update { request, content }))))
    };
    assert_eq!(update(set_up("cw")), Some(Reason::FieldInvalid));
    let mut both = set_up("new");
    both.people.push(person("cw", vec![add("p3", "caseworker")]));
    assert_eq!(update(both), None);
    assert_eq!(update(set_up("new")), Some(Reason::FieldInvalid));
}

#[test]
fn how_much_an_unseen_request_asks_for_is_not_told() {
    let mut office = Office::new();
    let many = |count: usize| {
        let changes = (0..count).map(|n| add(["p2", "p3"][n % 2], "caseworker")).collect();
        form(RequestKind::SetUp, "new", changes)
    };
    let others = office.draft("sm1", many(10)).unwrap();
    let own = office.draft("tl11", many(995)).unwrap();
    assert_eq!(why(office.submit("tl11", &[&own, &others])), Some(Reason::UnknownRequest));
}

#[test]
fn what_is_copied_is_what_may_be_seen_now() {
    let mut office = Office::new();
    let id = office.draft("tl11", set_up("new")).unwrap();
    let before = office.read(&id);
    let request = office.read(&id);
    let content = form(RequestKind::SetUp, "new", vec![add("p3", "caseworker")]);
    let update = RequestCommand::Update { request, content };
    office.give(acting("tl11"), Body::Request(Box::new(update))).unwrap();
    let content = before.content.clone();
    let copy = RequestCommand::Create { id: request_id("c-1"), copy_of: Some(before), content };
    assert_eq!(why(office.give(acting("tl11"), Body::Request(Box::new(copy)))), Some(Reason::EtagMismatch));
}

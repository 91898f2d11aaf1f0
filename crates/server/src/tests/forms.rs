//! Document D's forms over the wire: who is proposed as approver, baskets, earlier forms, and what the desk reads.

use bailiwick_proto::v1;
use bailiwick_proto::v1::user_change::Change;

use super::office::{Office, add, asks, create, fields, rejection, secondary};
use super::writes::{realm, reason};

/// Somebody new for a position that stands in for none, with what the desk is to read.
fn stand_in() -> v1::RequestContent {
    let assign = v1::Assign {
        unit: "units/p9".to_owned(),
        role: "caseworker".to_owned(),
        options: Some(v1::AssignmentOptions { note: "stands in".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let mut content = asks(v1::RequestKind::SetUp, &[("new", Change::Assign(assign))]);
    content.fields.insert("further-information".to_owned(), "No position is required".to_owned());
    content
}

fn managed_by(user: &str) -> Change {
    Change::UpdateProfile(v1::UpdateProfile {
        profile: Some(v1::Profile { line_manager: format!("users/{user}"), ..Default::default() }),
        fields: vec!["line_manager".to_owned()],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_manager_is_proposed_as_approver() {
    let office = Office::begin().await;
    let draft = office.draft("leader", secondary()).await.unwrap().name;
    let proposed = async || office.get("leader", &draft).await.unwrap().parts[0].eligible.clone();
    assert_eq!(proposed().await, ["users/dm", "users/sm2"]);
    office.by_operator("cw", &[managed_by("sm2")]).await;
    assert_eq!(proposed().await, ["users/sm2", "users/dm"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_manager_who_may_not_approve_is_not_proposed() {
    let office = Office::begin().await;
    let draft = office.draft("leader", secondary()).await.unwrap().name;
    for manager in ["sm1", "leader", "desk"] {
        office.by_operator("cw", &[managed_by(manager)]).await;
        let read = office.get("leader", &draft).await.unwrap();
        assert_eq!(read.parts[0].eligible, ["users/dm", "users/sm2"], "{manager}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_a_basket_are_ordered_together() {
    let office = Office::begin().await;
    let one = office.draft("leader", secondary()).await.unwrap().name;
    let other = asks(v1::RequestKind::SetUp, &[("new", add("p2", "caseworker"))]);
    let other = office.draft("leader", other).await.unwrap().name;
    let ordered = office.submit("leader", &[&one, &other]).await.unwrap();
    let stages: Vec<_> = ordered.iter().map(|form| (form.name.clone(), form.stage())).collect();
    use v1::RequestStage::{Approved, Submitted};
    // Each by itself: one waits for its approver, what is the author's own to approve is approved.
    assert_eq!(stages, [(one, Submitted), (other, Approved)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_basket_all_forms_are_ordered_or_none() {
    let office = Office::begin().await;
    let good = office.draft("leader", secondary()).await.unwrap().name;
    let incomplete = v1::RequestContent { fields: [].into(), ..stand_in() };
    let bad = office.draft("leader", incomplete).await.unwrap().name;
    let refused = office.submit("leader", &[&good, &bad]).await.unwrap_err();
    let place = vec!["requests[1]".to_owned()];
    assert_eq!((reason(&refused).as_str(), fields(&refused)), ("FIELD_REQUIRED", place));
    assert!(refused.message().contains("Further information"), "{}", refused.message());
    let others = office.draft("sm1", secondary()).await.unwrap().name;
    let refused = office.submit("leader", &[&good, &others]).await.unwrap_err();
    assert_eq!(reason(&refused), "UNKNOWN_REQUEST");
    for form in [&good, &bad] {
        let read = office.get("leader", form).await.unwrap().request.unwrap();
        assert_eq!(read.stage(), v1::RequestStage::Draft);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_form_is_found_copied_edited_and_submitted() {
    let office = Office::begin().await;
    let first = office.ask("leader", secondary()).await.unwrap();
    office.requests().decide_request(rejection("sm2", &first.name, "no place")).await.unwrap();
    let mine = v1::ListRequestsRequest {
        realm: realm(),
        actor: "users/leader".to_owned(),
        list: v1::RequestList::Mine.into(),
        stages: vec![v1::RequestStage::Rejected.into()],
        ..Default::default()
    };
    let found = office.requests().list_requests(mine).await.unwrap().into_inner().requests;
    let [found] = found.as_slice() else { panic!("{found:?}") };
    let opened = office.get("leader", &found.name).await.unwrap().request.unwrap();
    assert_eq!(opened.content, first.content);
    let copy = v1::CreateRequestRequest {
        copy_of: opened.name.clone(),
        content: None,
        ..create("leader", secondary())
    };
    let copy = office.requests().create_request(copy).await.unwrap().into_inner().request.unwrap();
    let edit = v1::UpdateRequestRequest {
        realm: realm(),
        actor: "users/leader".to_owned(),
        request: copy.name.clone(),
        content: Some(asks(v1::RequestKind::Amend, &[("cw", add("p2", "caseworker"))])),
        content_digest: copy.content_digest,
        ..Default::default()
    };
    office.requests().update_request(edit).await.unwrap();
    let submitted = office.submit("leader", &[&copy.name]).await.unwrap().remove(0);
    assert_eq!((submitted.stage(), submitted.copy_of), (v1::RequestStage::Approved, opened.name.clone()));
    // The earlier form stays as it was decided.
    assert_eq!(office.get("leader", &opened.name).await.unwrap().request.unwrap(), opened);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_form_of_others_is_not_found_opened_or_copied() {
    let office = Office::begin().await;
    let form = office.ask("leader", secondary()).await.unwrap().name;
    let mine = v1::ListRequestsRequest {
        realm: realm(),
        actor: "users/other-leader".to_owned(),
        list: v1::RequestList::Mine.into(),
        ..Default::default()
    };
    assert!(office.requests().list_requests(mine).await.unwrap().into_inner().requests.is_empty());
    assert_eq!(reason(&office.get("other-leader", &form).await.unwrap_err()), "UNKNOWN_REQUEST");
    let copy =
        v1::CreateRequestRequest { copy_of: form, content: None, ..create("other-leader", secondary()) };
    assert_eq!(reason(&office.requests().create_request(copy).await.unwrap_err()), "UNKNOWN_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_reads_the_form_and_fills_in_its_part() {
    let office = Office::begin().await;
    let form = office.ask("leader", stand_in()).await.unwrap();
    assert_eq!(form.stage(), v1::RequestStage::Approved);
    let read = office.get("desk", &form.name).await.unwrap().request.unwrap();
    let content = read.content.unwrap();
    assert_eq!(content.fields["further-information"], "No position is required");
    assert_eq!((content.note.as_str(), content.users[0].user.as_str()), ("for the new list", "users/new"));
    // Whoever authorised it is filled in, and three days from then the desk is late.
    assert_eq!(read.approvals[0].user, "users/leader");
    let approved = i128::from(read.approvals[0].at.unwrap().seconds);
    assert_eq!(i128::from(read.due_at.unwrap().seconds) - approved, 3 * 86_400);
    let done = office.fulfil("desk", &form.name).await.unwrap();
    let [part] = done.fulfilments.as_slice() else { panic!("{done:?}") };
    assert_eq!((part.desk.as_str(), part.user.as_str()), ("it-service-desk", "users/desk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_serves_at_no_desk_reads_nothing_that_waits_for_one() {
    let office = Office::begin().await;
    let form = office.ask("leader", asks(v1::RequestKind::SetUp, &[("new", add("p2", "caseworker"))])).await;
    let form = form.unwrap().name;
    for stranger in ["adviser", "other-leader", "sm2", "cw"] {
        assert_eq!(reason(&office.get(stranger, &form).await.unwrap_err()), "UNKNOWN_REQUEST", "{stranger}");
        assert_eq!(reason(&office.fulfil(stranger, &form).await.unwrap_err()), "UNKNOWN_REQUEST");
    }
}

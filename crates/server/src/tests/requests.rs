//! Document D over the wire: a team leader asks, a manager approves, the desk carries it out, the caseworker can work.

use bailiwick_proto::v1;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Code;

use super::office::{Office, add, approval, asks, create, fields, rejection, secondary};
use super::world::serve_store;
use super::writes::{realm, reason};
use crate::Config;

fn unit_part<'p>(reply: &'p v1::GetRequestResponse, unit: &str) -> &'p v1::RequestPart {
    let wanted = v1::request_part::Touched::Unit(format!("units/{unit}"));
    reply.parts.iter().find(|part| part.touched.as_ref() == Some(&wanted)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_asks_a_manager_approves_the_desk_carries_out_and_the_caseworker_can_work() {
    let office = Office::begin().await;
    let draft = office.draft("leader", secondary()).await.unwrap();
    assert_eq!((draft.stage(), draft.author.as_str()), (v1::RequestStage::Draft, "users/leader"));
    assert_eq!(draft.content, Some(v1::RequestContent { ..secondary_as_read() }));
    // Who may approve is told before it is submitted, by the rule that decides it.
    let before = office.get("leader", &draft.name).await.unwrap();
    assert_eq!(unit_part(&before, "r1").eligible, ["users/dm", "users/sm2"]);
    assert_eq!(before.desks, ["it-service-desk"]);
    let submitted = office.submit("leader", &[&draft.name]).await.unwrap().remove(0);
    assert_eq!(submitted.stage(), v1::RequestStage::Submitted);
    assert!(submitted.expires_at.is_some());
    for stranger in ["sm1", "other-leader", "desk"] {
        assert_eq!(reason(&office.get(stranger, &draft.name).await.unwrap_err()), "UNKNOWN_REQUEST");
    }
    let read = office.get("sm2", &draft.name).await.unwrap();
    assert!(!unit_part(&read, "r1").approved);
    let digest = read.request.unwrap().content_digest;
    let approved = office.approve("sm2", &draft.name, &digest).await.unwrap();
    assert_eq!(approved.stage(), v1::RequestStage::Approved);
    assert!(approved.due_at.is_some() && !approved.overdue);
    assert_eq!(
        (approved.approvals[0].user.as_str(), &approved.approvals[0].content_digest),
        ("users/sm2", &digest)
    );
    assert!(!office.may_work("cw", "r1").await);
    let done = office.fulfil("desk", &draft.name).await.unwrap();
    assert_eq!(done.stage(), v1::RequestStage::Fulfilled);
    assert!(office.may_work("cw", "r1").await);
    let events: Vec<_> = done.steps.iter().map(v1::RequestStep::event).collect();
    use v1::RequestEvent as Of;
    assert_eq!(events, [Of::Drafted, Of::Submitted, Of::Approved, Of::CarriedOut, Of::Fulfilled]);
    assert!(done.steps.windows(2).all(|two| two[0].revision <= two[1].revision));
    // Whom it is about reads it.
    let own = office.get("cw", &draft.name).await.unwrap().request.unwrap();
    assert!(!own.in_part && own.content.is_some());
}

/// As the API tells it: what was left out takes its default.
fn secondary_as_read() -> v1::RequestContent {
    let mut content = secondary();
    content.confirmed.sort();
    if let Some(Change::Assign(assign)) = &mut content.users[0].changes[0].change {
        let user_management = v1::UserManagement::None.into();
        assign.options = Some(v1::AssignmentOptions { user_management, ..Default::default() });
    }
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lowest_free_position_is_asked_for_over_the_wire() {
    let office = Office::begin().await;
    let lowest = Change::Assign(v1::Assign {
        unit: "units/t1".to_owned(),
        role: "caseworker".to_owned(),
        lowest_available: true,
        ..Default::default()
    });
    let asked = office.ask("leader", asks(v1::RequestKind::SetUp, &[("new", lowest)])).await.unwrap();
    // What is the author's own to approve is approved by asking.
    assert_eq!(asked.stage(), v1::RequestStage::Approved);
    assert!(!office.may_work("new", "p2").await);
    office.fulfil("desk", &asked.name).await.unwrap();
    assert!(office.may_work("new", "p2").await && !office.may_work("new", "p1").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_names_what_was_read() {
    let office = Office::begin().await;
    let asked = office.ask("leader", secondary()).await.unwrap();
    let none = office.requests().decide_request(approval("sm2", &asked.name)).await.unwrap_err();
    assert_eq!((none.code(), fields(&none)), (Code::InvalidArgument, vec!["content_digest".to_owned()]));
    let short = office.approve("sm2", &asked.name, &[1; 31]).await.unwrap_err();
    assert_eq!(fields(&short), ["content_digest"]);
    let other = office.approve("sm2", &asked.name, &[1; 32]).await.unwrap_err();
    assert_eq!((other.code(), reason(&other).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    // Whoever does not see it learns nothing by a digest.
    for digest in [[1; 32].to_vec(), asked.content_digest.clone()] {
        let unseen = office.approve("sm1", &asked.name, &digest).await.unwrap_err();
        let nobody = office.approve("sm1", "requests/none", &digest).await.unwrap_err();
        assert_eq!((unseen.code(), unseen.message()), (nobody.code(), nobody.message()));
        assert_eq!(reason(&unseen), "UNKNOWN_REQUEST");
    }
    // Two requests for the same are not the same.
    let again = office.draft("leader", secondary()).await.unwrap();
    assert_ne!(again.content_digest, asked.content_digest);
    assert_eq!(
        office.approve("sm2", &asked.name, &asked.content_digest).await.unwrap().stage(),
        v1::RequestStage::Approved
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_call_gets_the_first_answer() {
    let office = Office::begin().await;
    let request = v1::CreateRequestRequest { request_id: "one".to_owned(), ..create("leader", secondary()) };
    let first = office.requests().create_request(request.clone()).await.unwrap().into_inner();
    let second = office.requests().create_request(request).await.unwrap().into_inner();
    assert_eq!(first, second);
    let asked = first.request.unwrap();
    office.submit("leader", &[&asked.name]).await.unwrap();
    let decide = v1::DecideRequestRequest {
        content_digest: asked.content_digest,
        request_id: "two".to_owned(),
        ..approval("sm2", &asked.name)
    };
    let first = office.requests().decide_request(decide.clone()).await.unwrap().into_inner();
    office.fulfil("desk", &asked.name).await.unwrap();
    let second = office.requests().decide_request(decide.clone()).await.unwrap().into_inner();
    assert_eq!(first, second);
    let other = v1::DecideRequestRequest { decision: v1::RequestDecision::Reject.into(), ..decide };
    let reused = office.requests().decide_request(other).await.unwrap_err();
    assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_where_it_stands() {
    let office = Office::begin().await;
    let empty = v1::CreateRequestRequest { content: None, ..create("leader", secondary()) };
    assert_eq!(fields(&office.requests().create_request(empty).await.unwrap_err()), ["content"]);
    let of = |content| office.draft("leader", content);
    let unkind = of(v1::RequestContent { kind: 0, ..secondary() }).await.unwrap_err();
    assert_eq!(fields(&unkind), ["content.kind"]);
    let lasts = Some(prost_types::Duration { seconds: -1, nanos: 0 });
    let past = of(v1::RequestContent { lasts, ..secondary() }).await.unwrap_err();
    assert_eq!(fields(&past), ["content.lasts"]);
    let mut unnamed = secondary();
    unnamed.users.push(v1::RequestedUser { user: "cw".to_owned(), changes: Vec::new(), handles: Vec::new() });
    let unnamed = of(unnamed).await.unwrap_err();
    assert_eq!(fields(&unnamed), ["content.users[1].user", "content.users[1].changes"]);
    let unknown = v1::RequestContent { confirmed: vec!["anything".to_owned()], ..secondary() };
    assert_eq!(fields(&of(unknown).await.unwrap_err()), ["content.confirmed"]);
    let mut both = secondary();
    let cleared = Change::SetClearance(v1::SetClearance { cleared: true });
    both.users.extend(asks(v1::RequestKind::Amend, &[("leader", cleared)]).users);
    let belongs = of(both).await.unwrap_err();
    assert_eq!(
        (reason(&belongs).as_str(), fields(&belongs)),
        ("REQUEST_KIND", vec!["content.users[1].changes[0]".to_owned()])
    );
    // A stand-in is explained: said of which of the drafts.
    let good = of(secondary()).await.unwrap();
    let bad = of(v1::RequestContent { confirmed: Vec::new(), ..secondary() }).await.unwrap();
    let refused = office.submit("leader", &[&good.name, &bad.name]).await.unwrap_err();
    assert_eq!(
        (reason(&refused).as_str(), fields(&refused)),
        ("CONFIRMATION_REQUIRED", vec!["requests[1]".to_owned()])
    );
    assert_eq!(
        office.get("leader", &good.name).await.unwrap().request.unwrap().stage(),
        v1::RequestStage::Draft
    );
    let operator = v1::DecideRequestRequest {
        actor: String::new(),
        content_digest: good.content_digest.clone(),
        ..approval("x", &good.name)
    };
    let operator = office.requests().decide_request(operator).await.unwrap_err();
    assert_eq!(reason(&operator), "ACTOR_REQUIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_form_for_several_each_sees_what_it_asks_for_them() {
    let office = Office::begin().await;
    let people = [("cw", add("r1", "caseworker")), ("new", add("p2", "caseworker"))];
    let mut content = asks(v1::RequestKind::Amend, &people);
    content.kind = v1::RequestKind::Amend.into();
    // `new` holds nothing: they are given something first.
    let set_up =
        office.ask("leader", asks(v1::RequestKind::SetUp, &[("new", add("p2", "caseworker"))])).await;
    office.fulfil("", &set_up.unwrap().name).await.unwrap();
    content.users[1] =
        asks(v1::RequestKind::Amend, &[("new", add("t1", "team_leader_permissions"))]).users.remove(0);
    content.fields.insert("further-information".to_owned(), "they stand in".to_owned());
    let draft = office.draft("sm1", content).await.unwrap();
    assert_eq!(reason(&office.get("cw", &draft.name).await.unwrap_err()), "UNKNOWN_REQUEST", "a draft");
    office.submit("sm1", &[&draft.name]).await.unwrap();
    let reply = office.get("cw", &draft.name).await.unwrap();
    let part = reply.request.unwrap();
    assert!(part.in_part && part.content_digest.is_empty() && reply.parts.is_empty());
    let content = part.content.unwrap();
    assert_eq!(content.users.len(), 1);
    assert_eq!(content.users[0].user, "users/cw");
    assert!(content.note.is_empty() && content.fields.is_empty());
    let whole = office.get("sm2", &draft.name).await.unwrap().request.unwrap();
    assert_eq!(whole.content.clone().unwrap().users.len(), 2);
    // Who approved what, and why it came to nothing, may be about the other.
    assert!(!whole.approvals.is_empty() && part.approvals.is_empty());
    let withdraw = v1::WithdrawRequestRequest {
        realm: realm(),
        actor: "users/sm1".to_owned(),
        request: draft.name.clone(),
        reason: "of the other".to_owned(),
        ..Default::default()
    };
    office.requests().withdraw_request(withdraw).await.unwrap();
    let over = office.get("cw", &draft.name).await.unwrap().request.unwrap();
    let whole = office.get("sm1", &draft.name).await.unwrap().request.unwrap();
    assert!(over.steps.iter().all(|step| step.reason.is_empty() && step.user.is_empty()));
    let last = whole.steps.last().unwrap();
    assert_eq!((last.reason.as_str(), last.user.as_str()), ("of the other", "users/sm1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_is_copied_and_asked_for_again() {
    let office = Office::begin().await;
    let asked = office.ask("leader", secondary()).await.unwrap();
    let reject = rejection("sm2", &asked.name, "no place");
    let unexplained = v1::DecideRequestRequest { reason: String::new(), ..reject.clone() };
    let unexplained = office.requests().decide_request(unexplained).await.unwrap_err();
    assert_eq!(
        (reason(&unexplained).as_str(), fields(&unexplained)),
        ("REASON_REQUIRED", vec!["reason".to_owned()])
    );
    let rejected = office.requests().decide_request(reject).await.unwrap().into_inner().request.unwrap();
    assert_eq!(rejected.stage(), v1::RequestStage::Rejected);
    assert_eq!(rejected.steps.last().unwrap().reason, "no place");
    let copy = v1::CreateRequestRequest {
        copy_of: asked.name.clone(),
        content: None,
        ..create("leader", secondary())
    };
    let strange = v1::CreateRequestRequest { actor: "users/sm1".to_owned(), ..copy.clone() };
    assert_eq!(reason(&office.requests().create_request(strange).await.unwrap_err()), "UNKNOWN_REQUEST");
    let copy = office.requests().create_request(copy).await.unwrap().into_inner().request.unwrap();
    assert_eq!((copy.copy_of.as_str(), &copy.content), (asked.name.as_str(), &asked.content));
    assert_ne!(copy.content_digest, asked.content_digest);
    let edited = v1::UpdateRequestRequest {
        realm: realm(),
        actor: "users/leader".to_owned(),
        request: copy.name.clone(),
        content: Some(asks(v1::RequestKind::Amend, &[("cw", add("p2", "caseworker"))])),
        content_digest: copy.content_digest.clone(),
        ..Default::default()
    };
    let edited =
        office.requests().update_request(edited.clone()).await.unwrap().into_inner().request.unwrap();
    assert_eq!(edited.steps.last().unwrap().event(), v1::RequestEvent::Edited);
    let again = v1::UpdateRequestRequest {
        realm: realm(),
        actor: "users/leader".to_owned(),
        request: copy.name.clone(),
        content: edited.content.clone(),
        content_digest: copy.content_digest.clone(),
        ..Default::default()
    };
    assert_eq!(reason(&office.requests().update_request(again).await.unwrap_err()), "ETAG_MISMATCH");
    let withdraw = v1::WithdrawRequestRequest {
        realm: realm(),
        actor: "users/leader".to_owned(),
        request: copy.name,
        ..Default::default()
    };
    let withdrawn = office.requests().withdraw_request(withdraw).await.unwrap().into_inner().request.unwrap();
    assert_eq!(withdrawn.stage(), v1::RequestStage::Withdrawn);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_later_takes_effect_at_its_instant_and_once() {
    let office = Office::begin().await;
    // Another server of the same store looks for what is due, too.
    let _other = serve_store(office.served.store.clone(), Config::local()).await;
    let grant = Change::GrantSystem(v1::GrantSystem {
        system: "systems/tsiem".to_owned(),
        reason: "needed".to_owned(),
        ..Default::default()
    });
    let mut content = asks(v1::RequestKind::Amend, &[("cw", grant)]);
    content.fields.insert("licensed-software-form".to_owned(), "CMUA14-7".to_owned());
    let wanted = std::time::SystemTime::now() + std::time::Duration::from_millis(1_500);
    content.wanted_at = Some(wanted.into());
    let asked = office.ask("leader", content).await.unwrap();
    let approved = office.approve("adviser", &asked.name, &asked.content_digest).await.unwrap();
    assert_eq!((approved.stage(), approved.due_at.is_some()), (v1::RequestStage::Approved, false));
    let done = loop {
        let request = office.get("leader", &asked.name).await.unwrap().request.unwrap();
        if request.stage() != v1::RequestStage::Approved {
            break request;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(done.stage(), v1::RequestStage::Fulfilled);
    let last = done.steps.last().unwrap();
    assert!(last.user.is_empty() && last.event() == v1::RequestEvent::Fulfilled);
    assert!(std::time::SystemTime::now() >= wanted, "not before its instant");
    let fulfilled = done.steps.iter().filter(|step| step.event() == v1::RequestEvent::Fulfilled);
    assert_eq!(fulfilled.count(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(office.get("leader", &asked.name).await.unwrap().request.unwrap(), done);
}

/// Everything that is in the outbox: kind, to whom, about which request.
async fn mailed(office: &Office) -> Vec<(v1::OutboxKind, String, String)> {
    let watch = v1::WatchOutboxRequest { realm: realm(), after: 0, until_empty: true };
    let mut changes = ChangeServiceClient::new(office.served.channel().await);
    let mut stream = changes.watch_outbox(watch).await.unwrap().into_inner();
    let mut all = Vec::new();
    while let Some(reply) = stream.message().await.unwrap() {
        let message = reply.message.unwrap();
        assert!(message.secret.is_empty() && message.email.contains("@example.org"));
        all.push((message.kind(), message.user, message.request));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_and_authors_are_told_by_mail() {
    use v1::OutboxKind::{RequestDecided, RequestToApprove};
    let office = Office::begin().await;
    // Nobody has a line manager: the lowest in rank of those who may approve are told.
    let asked = office.ask("leader", secondary()).await.unwrap();
    let told = |kind, user: &str, name: &str| (kind, format!("users/{user}"), name.to_owned());
    let waiting = [told(RequestToApprove, "sm2", &asked.name), told(RequestToApprove, "dm", &asked.name)];
    let mut first = mailed(&office).await;
    first.sort_by(|one, other| other.1.cmp(&one.1));
    assert_eq!(first, waiting);
    // Approved, it waits for the desk: nothing is decided yet. Then its author is told, and nobody again.
    office.approve("sm2", &asked.name, &asked.content_digest).await.unwrap();
    office.fulfil("desk", &asked.name).await.unwrap();
    let all = mailed(&office).await;
    assert_eq!(all[2..], [told(RequestDecided, "leader", &asked.name)]);
    // A line manager who may approve is told alone.
    let managed = Change::UpdateProfile(v1::UpdateProfile {
        profile: Some(v1::Profile { line_manager: "users/dm".to_owned(), ..Default::default() }),
        fields: vec!["line_manager".to_owned()],
    });
    let update = v1::ManageUserRequest {
        realm: realm(),
        user: "users/cw".to_owned(),
        changes: vec![v1::UserChange { change: Some(managed) }],
        ..Default::default()
    };
    UserServiceClient::new(office.served.channel().await).manage_user(update).await.unwrap();
    let disable = asks(v1::RequestKind::Remove, &[("cw", Change::Disable(v1::DisableUser {}))]);
    let far = office.ask("leader", disable).await;
    let far = far.unwrap().name;
    assert_eq!(mailed(&office).await[3..], [told(RequestToApprove, "dm", &far)]);
    // Whoever takes it back knows.
    let withdraw = v1::WithdrawRequestRequest {
        realm: realm(),
        actor: "users/leader".to_owned(),
        request: far,
        ..Default::default()
    };
    office.requests().withdraw_request(withdraw).await.unwrap();
    assert_eq!(mailed(&office).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_approves_by_asking_is_mailed_nothing() {
    let office = Office::begin().await;
    let own = asks(v1::RequestKind::SetUp, &[("new", add("p2", "caseworker"))]);
    let asked = office.ask("leader", own).await.unwrap();
    assert_eq!(asked.stage(), v1::RequestStage::Approved);
    assert_eq!(mailed(&office).await, []);
}

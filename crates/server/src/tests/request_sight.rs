//! What requests tell of people whom the one who asks does not see: nothing that is not counted.

use bailiwick_proto::v1;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Code;

use super::office::{Office, add, asks, create, secondary};
use super::writes::{realm, reason};

/// Somebody new with this address, for a position of the leader's.
fn newcomer(email: &str) -> v1::RequestContent {
    let profile = v1::Profile {
        first_name: "Rod".to_owned(),
        last_name: "Flanders".to_owned(),
        email: email.to_owned(),
        external_ids: [("staff-number".to_owned(), format!("n-{email}"))].into(),
        ..Default::default()
    };
    let new = Change::Create(v1::CreateUser {
        home_unit: "units/t1".to_owned(),
        profile: Some(profile),
        ..Default::default()
    });
    let mut content = asks(v1::RequestKind::SetUp, &[("", new)]);
    content.users[0].user.clear();
    content.users[0].changes.push(v1::UserChange { change: Some(add("p2", "caseworker")) });
    content
}

impl Office {
    /// A handle by which the leader names somebody whom they do not see.
    async fn found(&self, user: &str) -> String {
        let search = v1::MatchUsersRequest {
            realm: realm(),
            actor: "users/leader".to_owned(),
            first_name: "Jo".to_owned(),
            last_name: user.to_owned(),
            email: format!("{user}@example.org"),
            ..Default::default()
        };
        let mut users = UserServiceClient::new(self.served.channel().await);
        users.match_users(search).await.unwrap().into_inner().matches.remove(0).handle
    }

    async fn drafts(&self, contents: impl IntoIterator<Item = v1::RequestContent>) -> Vec<String> {
        let mut names = Vec::new();
        for content in contents {
            names.push(self.draft("leader", content).await.unwrap().name);
        }
        names
    }

    async fn submitting(
        &self,
        names: &[String],
        request_id: &str,
    ) -> Result<v1::SubmitRequestsResponse, tonic::Status> {
        let requests =
            names.iter().map(|name| v1::RequestRead { request: name.clone(), content_digest: Vec::new() });
        let request = v1::SubmitRequestsRequest {
            realm: realm(),
            actor: "users/leader".to_owned(),
            requests: requests.collect(),
            validate_only: request_id.is_empty(),
            request_id: request_id.to_owned(),
            ..Default::default()
        };
        Ok(self.requests().submit_requests(request).await?.into_inner())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_does_not_say_whose_a_handle_is() {
    let office = Office::begin().await;
    let mut content = asks(v1::RequestKind::Amend, &[("", add("p2", "caseworker"))]);
    content.users[0].user.clear();
    content.users[0].handles = vec![office.found("other-leader").await];
    let dry = v1::CreateRequestRequest { validate_only: true, ..create("leader", content.clone()) };
    let told = office.requests().create_request(dry).await.unwrap().into_inner().request.unwrap();
    assert_eq!(told.content.unwrap().users[0].user, "");
    let drafted = office.draft("leader", content).await.unwrap();
    assert_eq!(drafted.content.unwrap().users[0].user, "users/other-leader");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_does_not_say_whether_an_address_is_taken() {
    let office = Office::begin().await;
    let names = office.drafts([newcomer("other-leader@example.org"), newcomer("free@example.org")]).await;
    let taken = office.get("leader", &names[0]).await.unwrap();
    let free = office.get("leader", &names[1]).await.unwrap();
    assert!(!free.parts.is_empty());
    assert_eq!((taken.parts, taken.desks), (free.parts, free.desks));
    let refused = office.submit("leader", &[&names[0]]).await.unwrap_err();
    assert_eq!(reason(&refused), "FIELD_TAKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_holds_something_out_of_sight_is_a_number() {
    let office = Office::begin().await;
    office.by_operator("cw", &[add("r1", "caseworker")]).await;
    let disable = asks(v1::RequestKind::Remove, &[("cw", Change::Disable(v1::DisableUser {}))]);
    let draft = office.draft("leader", disable).await.unwrap();
    let touched = |reply: &v1::GetRequestResponse| -> Vec<_> {
        reply.parts.iter().filter_map(|part| part.touched.clone()).collect()
    };
    let unit = |id: &str| v1::request_part::Touched::Unit(format!("units/{id}"));
    let seen = office.get("leader", &draft.name).await.unwrap();
    assert_eq!((touched(&seen), seen.other_parts), (vec![unit("p1")], 1));
    let all = office.get("", &draft.name).await.unwrap();
    assert_eq!((touched(&all), all.other_parts), (vec![unit("p1"), unit("r1")], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_submitting_would_make_is_counted() {
    let office = Office::begin().await;
    let names = office.drafts((0..31).map(|n| newcomer(&format!("n{n}@example.org")))).await;
    let done = office.submitting(&names[..1], "once").await.unwrap();
    // One for each of them, whatever comes of it: of sixty, twenty-nine are left.
    office.submitting(&names[1..], "").await.unwrap();
    let refused = office.submitting(&names[1..], "").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "MATCH_LIMIT"));
    // What was turned away was not asked.
    for name in &names[2..] {
        office.submitting(std::slice::from_ref(name), "").await.unwrap();
    }
    let refused = office.submitting(&names[1..2], "more").await.unwrap_err();
    assert_eq!(reason(&refused), "MATCH_LIMIT");
    // What tells of nobody goes on, and so does the answer to what was asked before.
    assert_eq!(office.submitting(&names[..1], "once").await.unwrap(), done);
    office.ask("leader", secondary()).await.unwrap();
    // Drafts of others are no questions of this actor's, nor is there anything to learn from them.
    let strange = office.submitting(&["requests/none".to_owned()], "").await.unwrap_err();
    assert_eq!(reason(&strange), "UNKNOWN_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_disabled_is_told_nothing_again() {
    let office = Office::begin().await;
    let names = office.drafts([secondary()]).await;
    let told = office.submitting(&names, "once").await.unwrap();
    assert_eq!(told.requests.len(), 1);
    office.by_operator("leader", &[Change::Disable(v1::DisableUser {})]).await;
    let again = office.submitting(&names, "once").await.unwrap();
    assert_eq!((again.revision, again.requests), (told.revision, Vec::new()));
}

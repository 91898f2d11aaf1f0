//! An office over the wire in which access is asked for: two segments with a team each, and their people.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::request_service_client::RequestServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use super::world::{Served, serve};
use super::writes::{load, realm, unit, user};
use crate::Config;

/// Two segments with a team each, and their people.
pub(super) struct Office {
    pub(super) served: Served,
    pub(super) channel: Channel,
}

type Requests = RequestServiceClient<Channel>;

impl Office {
    pub(super) async fn begin() -> Self {
        let served = serve(Config::local()).await;
        let channel = served.channel().await;
        let create = v1::CreateRealmRequest {
            realm: realm(),
            scheme: Some(v1::create_realm_request::Scheme::ShippedScheme("cmg-2012".to_owned())),
            ..Default::default()
        };
        RealmServiceClient::new(channel.clone()).create_realm(create).await.unwrap();
        let named = |id: &str, kind: &str, name: &str, parent: &str| {
            let v1::load_item::Item::Unit(unit) = unit(&format!("units/{id}"), kind, &[parent]) else {
                panic!("a unit")
            };
            v1::load_item::Item::Unit(v1::LoadUnit { display_name: name.to_owned(), ..unit })
        };
        let items = vec![
            unit("units/d", "directorate", &[]),
            unit("units/dep", "department", &["units/d"]),
            unit("units/s1", "segment", &["units/dep"]),
            unit("units/s2", "segment", &["units/dep"]),
            named("t1", "team", "TL001", "units/s1"),
            named("t2", "team", "TL002", "units/s2"),
            named("p1", "position", "CW001", "units/t1"),
            named("p2", "position", "CW002", "units/t1"),
            named("p9", "position", "CW020", "units/t1"),
            named("r1", "position", "CW001", "units/t2"),
            user("dm", "dep", &[("department-manager", "dep")]),
            user("sm1", "s1", &[("segment-manager", "s1")]),
            user("sm2", "s2", &[("segment-manager", "s2")]),
            user("leader", "t1", &[("team-leader", "t1")]),
            user("other-leader", "t2", &[("team-leader", "t2")]),
            user("cw", "t1", &[("caseworker", "p1")]),
            user("new", "t1", &[]),
            user("desk", "d", &[("it-service-desk", "d")]),
            user("adviser", "d", &[("security-adviser", "d")]),
        ];
        load(&channel, items).await.unwrap();
        Self { served, channel }
    }

    /// Another office: with what is there already.
    pub(super) fn over(served: Served, channel: Channel) -> Self {
        Self { served, channel }
    }

    pub(super) fn requests(&self) -> Requests {
        RequestServiceClient::new(self.channel.clone())
    }

    pub(super) async fn draft(
        &self,
        author: &str,
        content: v1::RequestContent,
    ) -> Result<v1::Request, Status> {
        let request = create(author, content);
        Ok(self.requests().create_request(request).await?.into_inner().request.unwrap())
    }

    pub(super) async fn submit(&self, author: &str, names: &[&str]) -> Result<Vec<v1::Request>, Status> {
        let requests = names
            .iter()
            .map(|&name| v1::RequestRead { request: name.to_owned(), content_digest: Vec::new() });
        let request = v1::SubmitRequestsRequest {
            realm: realm(),
            actor: acting(author),
            requests: requests.collect(),
            ..Default::default()
        };
        Ok(self.requests().submit_requests(request).await?.into_inner().requests)
    }

    pub(super) async fn ask(&self, author: &str, content: v1::RequestContent) -> Result<v1::Request, Status> {
        let draft = self.draft(author, content).await?;
        Ok(self.submit(author, &[&draft.name]).await?.remove(0))
    }

    pub(super) async fn get(&self, reader: &str, name: &str) -> Result<v1::GetRequestResponse, Status> {
        let request =
            v1::GetRequestRequest { realm: realm(), actor: acting(reader), request: name.to_owned() };
        Ok(self.requests().get_request(request).await?.into_inner())
    }

    pub(super) async fn approve(&self, by: &str, name: &str, digest: &[u8]) -> Result<v1::Request, Status> {
        let request = v1::DecideRequestRequest { content_digest: digest.to_vec(), ..approval(by, name) };
        Ok(self.requests().decide_request(request).await?.into_inner().request.unwrap())
    }

    pub(super) async fn fulfil(&self, by: &str, name: &str) -> Result<v1::Request, Status> {
        let request = v1::FulfilRequestRequest {
            realm: realm(),
            actor: acting(by),
            request: name.to_owned(),
            ..Default::default()
        };
        Ok(self.requests().fulfil_request(request).await?.into_inner().request.unwrap())
    }

    pub(super) async fn by_operator(&self, user: &str, changes: &[Change]) {
        let changes = changes.iter().map(|change| v1::UserChange { change: Some(change.clone()) });
        let command = v1::ManageUserRequest {
            realm: realm(),
            user: format!("users/{user}"),
            changes: changes.collect(),
            ..Default::default()
        };
        UserServiceClient::new(self.channel.clone()).manage_user(command).await.unwrap();
    }

    pub(super) async fn may_work(&self, user: &str, unit: &str) -> bool {
        self.may(user, "workqueue.view", unit).await
    }

    pub(super) async fn may(&self, user: &str, capability: &str, unit: &str) -> bool {
        let question = v1::CheckAccessRequest {
            realm: realm(),
            subject: format!("users/{user}"),
            capability: capability.to_owned(),
            resource: format!("units/{unit}"),
            ..Default::default()
        };
        let answer = AccessServiceClient::new(self.channel.clone()).check_access(question).await.unwrap();
        answer.into_inner().decision() == v1::Decision::Allowed
    }
}

/// An actor's name; none of an operator.
fn acting(user: &str) -> String {
    if user.is_empty() { String::new() } else { format!("users/{user}") }
}

pub(super) fn approval(by: &str, name: &str) -> v1::DecideRequestRequest {
    v1::DecideRequestRequest {
        realm: realm(),
        actor: format!("users/{by}"),
        request: name.to_owned(),
        decision: v1::RequestDecision::Approve.into(),
        ..Default::default()
    }
}

pub(super) fn rejection(by: &str, name: &str, reason: &str) -> v1::DecideRequestRequest {
    v1::DecideRequestRequest {
        decision: v1::RequestDecision::Reject.into(),
        reason: reason.to_owned(),
        ..approval(by, name)
    }
}

pub(super) fn create(author: &str, content: v1::RequestContent) -> v1::CreateRequestRequest {
    v1::CreateRequestRequest {
        realm: realm(),
        actor: acting(author),
        content: Some(content),
        ..Default::default()
    }
}

pub(super) fn add(unit: &str, role: &str) -> Change {
    Change::Assign(v1::Assign { unit: format!("units/{unit}"), role: role.to_owned(), ..Default::default() })
}

pub(super) fn asks(kind: v1::RequestKind, people: &[(&str, Change)]) -> v1::RequestContent {
    let users = people.iter().map(|(user, change)| v1::RequestedUser {
        user: format!("users/{user}"),
        changes: vec![v1::UserChange { change: Some(change.clone()) }],
        handles: Vec::new(),
    });
    let confirmed = ["queue-empty", "authorisation-received", "criteria-met"];
    v1::RequestContent {
        kind: kind.into(),
        users: users.collect(),
        confirmed: confirmed.map(str::to_owned).to_vec(),
        note: "for the new list".to_owned(),
        ..Default::default()
    }
}

/// A caseworker of one segment gets a position in another.
pub(super) fn secondary() -> v1::RequestContent {
    asks(v1::RequestKind::Amend, &[("cw", add("r1", "caseworker"))])
}

pub(super) fn fields(status: &Status) -> Vec<String> {
    let wrong = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    wrong.into_iter().map(|violation| violation.field).collect()
}

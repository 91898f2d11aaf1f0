//! Document A's requests for partner accounts over the wire: somebody who is no user yet asks through a program, and those who
//! administer the site decide.

use bailiwick_proto::v1;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Code;
use tonic::transport::Channel;

use super::adding_partners::joe;
use super::credentials::{KEY, sealing};
use super::explain::{like, serve_rules, serve_scheme};
use super::office::{Office, fields, rejection};
use super::world::Served;
use super::writes::{all_below, load, realm, reason, unit, user};

/// Two sites, and for each somebody who administers its accounts.
async fn sites() -> Office {
    over(serve_scheme("illinois-worknet").await).await
}

async fn over((served, channel): (Served, Channel)) -> Office {
    let administrator = |id: &str, site: &str| {
        let mut item = user(id, site, &[("service-provider-program-administrator", site)]);
        if let v1::load_item::Item::User(user) = &mut item
            && let Some(options) = &mut user.assignments[0].options
        {
            options.user_management = v1::UserManagement::Manage.into();
        }
        item
    };
    let items = vec![
        unit("units/il", "state", &[]),
        unit("units/l1", "lwia", &["units/il"]),
        unit("units/austin", "organization", &["units/l1"]),
        unit("units/psc", "organization", &["units/l1"]),
        administrator("ada", "austin"),
        administrator("pam", "psc"),
    ];
    load(&channel, items).await.unwrap();
    Office::over(served, channel)
}

/// Somebody who is to be a partner at a site.
fn account() -> v1::RequestContent {
    let create = v1::CreateUser {
        home_unit: "units/austin".to_owned(),
        profile: Some(joe()),
        username: String::new(),
    };
    let assign = v1::Assign {
        unit: "units/austin".to_owned(),
        role: "public-viewer".to_owned(),
        options: all_below(),
        ..Default::default()
    };
    let changes = [Change::Create(create), Change::Assign(assign)];
    let changes = changes.map(|change| v1::UserChange { change: Some(change) }).to_vec();
    v1::RequestContent {
        kind: v1::RequestKind::SetUp.into(),
        users: vec![v1::RequestedUser { user: "users/joe".to_owned(), changes, handles: Vec::new() }],
        note: "works at the desk".to_owned(),
        ..Default::default()
    }
}

impl Office {
    /// To whom an activation is to be mailed.
    async fn activations(&self) -> Vec<String> {
        let all = v1::WatchOutboxRequest { realm: realm(), after: 0, until_empty: true };
        let mut changes = ChangeServiceClient::new(self.channel.clone());
        let mut stream = changes.watch_outbox(all).await.unwrap().into_inner();
        let mut users = Vec::new();
        while let Some(reply) = stream.message().await.unwrap() {
            let message = reply.message.unwrap();
            if message.kind() == v1::OutboxKind::Activation {
                assert!(!message.secret.is_empty());
                users.push(message.user);
            }
        }
        users
    }

    async fn to_approve(&self, actor: &str) -> Vec<String> {
        let list = v1::ListRequestsRequest {
            realm: realm(),
            actor: format!("users/{actor}"),
            list: v1::RequestList::ToApprove.into(),
            ..Default::default()
        };
        let found = self.requests().list_requests(list).await.unwrap().into_inner().requests;
        found.into_iter().map(|request| request.name).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_partner_asks_through_a_program_and_is_approved() {
    let sites = sites().await;
    let asked = sites.ask("", account()).await.unwrap();
    assert_eq!((asked.stage(), asked.author.as_str()), (v1::RequestStage::Submitted, ""));
    assert_eq!(sites.to_approve("ada").await, [asked.name.as_str()]);
    assert_eq!(sites.to_approve("pam").await, [""; 0]);
    assert_eq!(reason(&sites.get("pam", &asked.name).await.unwrap_err()), "UNKNOWN_REQUEST");
    let read = sites.get("ada", &asked.name).await.unwrap();
    assert_eq!(read.parts.len(), 1);
    assert_eq!(read.parts[0].eligible, ["users/ada"]);
    let strange = sites.approve("pam", &asked.name, &asked.content_digest).await.unwrap_err();
    assert_eq!((strange.code(), reason(&strange).as_str()), (Code::NotFound, "UNKNOWN_REQUEST"));
    assert!(!sites.may("joe", "tools.use", "austin").await);
    let approved = sites.approve("ada", &asked.name, &asked.content_digest).await.unwrap();
    assert_eq!(approved.stage(), v1::RequestStage::Fulfilled);
    assert!(sites.may("joe", "tools.use", "austin").await);
    // The account reads what was asked for it.
    assert!(sites.get("joe", &asked.name).await.unwrap().request.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_partner_asks_through_a_program_and_is_rejected_with_a_reason() {
    let sites = sites().await;
    let asked = sites.ask("", account()).await.unwrap();
    let reject = rejection("ada", &asked.name, "works elsewhere");
    let unexplained = v1::DecideRequestRequest { reason: String::new(), ..reject.clone() };
    let unexplained = sites.requests().decide_request(unexplained).await.unwrap_err();
    let told = (reason(&unexplained), fields(&unexplained));
    assert_eq!(told, ("REASON_REQUIRED".to_owned(), vec!["reason".to_owned()]));
    let operator = v1::DecideRequestRequest { actor: String::new(), ..reject.clone() };
    assert_eq!(reason(&sites.requests().decide_request(operator).await.unwrap_err()), "ACTOR_REQUIRED");
    let rejected = sites.requests().decide_request(reject).await.unwrap().into_inner().request.unwrap();
    assert_eq!(rejected.stage(), v1::RequestStage::Rejected);
    assert!(!sites.may("joe", "tools.use", "austin").await);
    // The program that asked reads why, and asks again.
    let read = sites.get("", &asked.name).await.unwrap().request.unwrap();
    assert_eq!(read.steps.last().unwrap().reason, "works elsewhere");
    let again = sites.ask("", account()).await.unwrap();
    sites.approve("ada", &again.name, &again.content_digest).await.unwrap();
    assert!(sites.may("joe", "tools.use", "austin").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_for_an_account_and_got_none_is_erased() {
    let sites = sites().await;
    let asked = sites.ask("", account()).await.unwrap();
    let reject = rejection("ada", &asked.name, "works elsewhere");
    sites.requests().decide_request(reject).await.unwrap();
    let mut users = UserServiceClient::new(sites.channel.clone());
    let erase = v1::EraseUserRequest {
        realm: realm(),
        user: "users/joe".to_owned(),
        ..v1::EraseUserRequest::default()
    };
    assert!(users.erase_user(erase.clone()).await.unwrap().into_inner().revision > 0);
    let read = sites.get("", &asked.name).await.unwrap().request.unwrap();
    assert!(!format!("{read:?}").contains("works") && read.content.unwrap().users[0].changes.is_empty());
    assert_eq!(reason(&users.erase_user(erase).await.unwrap_err()), "UNKNOWN_USER");
}

/// An account that was asked for is made by an approval, or at its instant: its activation is mailed as that of any other.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_the_account_they_asked_for_is_mailed_its_activation() {
    let kept = "passwords = \"kept\"";
    let mailing = like("illinois-worknet", kept, &format!("{kept}\nactivation_mailed = true"));
    let sites = over(serve_rules(sealing(KEY), mailing).await).await;
    let asked = sites.ask("", account()).await.unwrap();
    assert_eq!(sites.activations().await, [""; 0]);
    sites.approve("ada", &asked.name, &asked.content_digest).await.unwrap();
    assert_eq!(sites.activations().await, ["users/joe"]);

    let mut later = account();
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(2);
    later.wanted_at = Some(soon.into());
    later.users[0].user = "users/jim".to_owned();
    if let Some(Change::Create(create)) = &mut later.users[0].changes[0].change {
        let email = "jim@example.org".to_owned();
        create.profile = Some(v1::Profile { email, first_name: "Jim".to_owned(), ..joe() });
    }
    let asked = sites.ask("", later).await.unwrap();
    let approved = sites.approve("ada", &asked.name, &asked.content_digest).await.unwrap();
    assert_eq!(approved.stage(), v1::RequestStage::Approved);
    assert_eq!(sites.activations().await, ["users/joe"]);
    while sites.get("", &asked.name).await.unwrap().request.unwrap().stage() == v1::RequestStage::Approved {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(sites.activations().await, ["users/joe", "users/jim"]);
}

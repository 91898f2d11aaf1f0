//! Bearer tokens over the wire: of programs, and of people, who act as themselves.

use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use tempfile::TempDir;
use tonic::{Code, Request, Status};

use super::callers::{descriptor, told};
use super::credentials::{Desk, REALM, reason};
use super::messages::call_as;
use crate::issuer::tests::{Signer, configured};
use crate::methods::METHODS;
use crate::{CallersConfig, Config, GrantConfig, ProgramConfig, TokenConfig};

const NORA: &str = "00u-nora";
const BILLING: &str = "svc-billing";

/// A server that knows tokens, the issuer's key, and where its keys lie.
struct Door {
    desk: Desk,
    signer: Signer,
    folder: TempDir,
}

impl Door {
    async fn open() -> Self {
        let (signer, folder) = (Signer::es256(), TempDir::new().unwrap());
        let issuer =
            crate::IssuerConfig { refresh_seconds: 1, ..configured(folder.path(), &[signer.jwk("k")]) };
        let billing = ProgramConfig {
            id: "billing".to_owned(),
            spiffe: None,
            dns: None,
            token: Some(TokenConfig { issuer: issuer.id.clone(), subject: BILLING.to_owned() }),
            grants: vec![GrantConfig {
                permissions: vec!["check".to_owned()],
                realms: vec!["eto".to_owned()],
            }],
        };
        let callers = CallersConfig { local_operator: true, programs: vec![billing], issuers: vec![issuer] };
        let desk = Desk::open(Config { callers, ..Config::local() }).await;
        let mut door = Self { desk, signer, folder };
        door.give_subject("", "nora", NORA).await.unwrap();
        door
    }

    /// Gives somebody the subject that the issuer knows them by; without a token, as an operator.
    async fn give_subject(&mut self, token: &str, user: &str, subject: &str) -> Result<(), Status> {
        let profile = v1::Profile { provider_subject: subject.to_owned(), ..v1::Profile::default() };
        let fields = vec!["provider_subject".to_owned()];
        let update = v1::UpdateProfile { profile: Some(profile), fields };
        let request = v1::ManageUserRequest {
            realm: REALM.to_owned(),
            user: format!("users/{user}"),
            changes: vec![v1::UserChange { change: Some(Change::UpdateProfile(update)) }],
            ..v1::ManageUserRequest::default()
        };
        self.desk.users.manage_user(with(request, token)).await.map(drop)
    }

    async fn check(&self, token: &str) -> Result<v1::Decision, Status> {
        let question = v1::CheckAccessRequest {
            realm: REALM.to_owned(),
            subject: "users/nora".to_owned(),
            capability: "customer.view".to_owned(),
            resource: "customers/c".to_owned(),
            ..Default::default()
        };
        let mut access = AccessServiceClient::new(self.desk.served.channel().await);
        access.check_access(with(question, token)).await.map(|reply| reply.into_inner().decision())
    }

    async fn get(&mut self, token: &str, actor: &str, user: &str) -> Result<String, Status> {
        let request = v1::GetUserRequest {
            realm: REALM.to_owned(),
            actor: actor.to_owned(),
            key: Some(v1::get_user_request::Key::User(user.to_owned())),
        };
        let reply = self.desk.users.get_user(with(request, token)).await?.into_inner();
        Ok(reply.user.unwrap().name)
    }
}

fn with<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    if !token.is_empty() {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_known_by_its_token_and_does_what_it_may() {
    let mut door = Door::open().await;
    let token = door.signer.token("k", BILLING, 60);
    assert_eq!(door.check(&token).await.unwrap(), v1::Decision::Denied);
    assert_eq!(
        door.get(&token, "users/nora", "users/stan").await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let foreign = door.signer.token("k", BILLING, -1);
    assert_eq!(door.check(&foreign).await.unwrap_err().code(), Code::Unauthenticated);
    // Whom the issuer knows and the configuration does not is a person, and no program.
    let other = door.signer.token("k", "svc-other", 60);
    assert_eq!(door.check(&other).await.unwrap_err().code(), Code::PermissionDenied);
    // Two proofs are none.
    let mut twice = with(v1::CheckAccessRequest { realm: REALM.to_owned(), ..Default::default() }, &token);
    twice.metadata_mut().append("authorization", format!("Bearer {token}").parse().unwrap());
    let mut access = AccessServiceClient::new(door.desk.served.channel().await);
    assert_eq!(access.check_access(twice).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_acts_as_themselves() {
    let mut door = Door::open().await;
    let token = door.signer.token("k", NORA, 60);
    assert_eq!(door.get(&token, "", "users/stan").await.unwrap(), "users/stan");
    assert_eq!(door.get(&token, "users/nora", "users/stan").await.unwrap(), "users/stan");
    for other in ["users/boss", "users/none"] {
        let refused = door.get(&token, other, "users/stan").await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::PermissionDenied, "CALLER_NOT_PERMITTED")
        );
    }
    // By the rules, as whoever they are: nora manages stan, and nobody who is over her.
    door.give_subject(&token, "stan", "00u-stan").await.unwrap();
    let refused = door.give_subject(&token, "boss", "00u-boss").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "UNKNOWN_USER"));
    // Whom nobody knows is nobody, and who was erased or disabled, too.
    let nobody = door.signer.token("k", "00u-nobody", 60);
    let refused = door.get(&nobody, "", "users/stan").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "UNKNOWN_USER"));
    let stan = door.signer.token("k", "00u-stan", 60);
    assert_eq!(door.get(&stan, "", "users/stan").await.unwrap(), "users/stan");
    door.give_subject("", "stan", "00u-stan-2").await.unwrap();
    let refused = door.get(&stan, "", "users/stan").await.unwrap_err();
    assert_eq!(reason(&refused), "UNKNOWN_USER", "the subject is another's by now, or nobody's");
}

/// Nobody brings a subject up to stand above whoever gave it.
#[tokio::test(flavor = "multi_thread")]
async fn a_subject_given_by_who_stands_below_by_now_is_nobodys() {
    let mut door = Door::open().await;
    let nora = door.signer.token("k", NORA, 60);
    door.give_subject(&nora, "stan", "00u-stan").await.unwrap();
    let stan = door.signer.token("k", "00u-stan", 60);
    assert!(door.get(&stan, "", "users/stan").await.is_ok());
    let mut realms = v1::realm_service_client::RealmServiceClient::new(door.desk.served.channel().await);
    let get = v1::GetSchemeRequest { realm: REALM.to_owned() };
    let scheme = realms.get_scheme(get).await.unwrap().into_inner().scheme.unwrap();
    let staff = |rank: u32| format!("[roles.staff]\ntitle = \"Staff\"\nrank = {rank}\n");
    let toml = scheme.toml.replacen(&staff(50), &staff(85), 1);
    assert_ne!(toml, scheme.toml);
    realms
        .put_scheme(v1::PutSchemeRequest { realm: REALM.to_owned(), toml, ..Default::default() })
        .await
        .unwrap();
    assert_eq!(reason(&door.get(&stan, "", "users/stan").await.unwrap_err()), "UNKNOWN_USER");
}

/// At every method: as themselves where somebody acts for somebody, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_manage_and_nothing_else() {
    let door = Door::open().await;
    let (channel, token) = (door.desk.served.channel().await, door.signer.token("k", NORA, 60));
    let pool = DescriptorPool::decode(bailiwick_proto::FILE_DESCRIPTOR_SET).unwrap();
    let (mut acted, mut refused) = (0, 0);
    for method in METHODS.iter().filter(|method| !method.needs.is_empty()) {
        let described = descriptor(&pool, method.path);
        let ask = async |realm: &str, actor: &str| {
            let mut message = DynamicMessage::new(described.input());
            let _ = message.try_set_field_by_name("realm", Value::String(realm.to_owned()));
            let _ = message.try_set_field_by_name("actor", Value::String(actor.to_owned()));
            told(call_as(&channel, method.path, message.encode_to_vec(), &token).await)
        };
        let own = ask(REALM, "").await;
        if !method.is_on_behalf() {
            assert_eq!(
                (own.0, own.1.as_str()),
                (Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
                "{}",
                method.path
            );
            refused += 1;
            continue;
        }
        assert_ne!(own.1, "CALLER_NOT_PERMITTED", "{}: {own:?}", method.path);
        if described.input().get_field_by_name("actor").is_some() {
            assert!(!own.2.contains("actor"), "{}: {own:?}", method.path);
            assert_eq!(ask(REALM, "users/nora").await, own, "{}", method.path);
            let other = ask(REALM, "users/boss").await;
            assert_eq!(
                (other.0, other.1.as_str()),
                (Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
                "{}",
                method.path
            );
            acted += 1;
        }
        if described.input().get_field_by_name("realm").is_some() {
            let foreign = ask("realms/cmg", "").await;
            assert_eq!(
                (foreign.0, foreign.1.as_str()),
                (Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
                "{}",
                method.path
            );
        }
    }
    assert!(acted >= 35 && refused >= 24, "{acted} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connection_remembers_ends_with_the_token_and_with_its_key() {
    let door = Door::open().await;
    let mut users = UserServiceClient::new(door.desk.served.channel().await);
    let mut get = async |token: &str| {
        let key = Some(v1::get_user_request::Key::User("users/nora".to_owned()));
        let request = v1::GetUserRequest { realm: REALM.to_owned(), key, ..Default::default() };
        users.get_user(with(request, token)).await.map(drop).map_err(|status| status.code())
    };
    let (short, long) = (door.signer.token("k", NORA, 2), door.signer.token("k", NORA, 60));
    for token in [&short, &long, &short, &long] {
        assert_eq!(get(token).await, Ok(()));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((get(&short).await, get(&long).await), (Err(Code::Unauthenticated), Ok(())));
    configured(door.folder.path(), &[Signer::es256().jwk("other")]);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(get(&long).await, Err(Code::Unauthenticated));
}

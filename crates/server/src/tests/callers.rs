//! Every permission, at every method, for every realm: who lacks one is told so and nothing else, and a realm that is not the
//! caller's is answered as if it were none.

use bailiwick_proto::v1;
use bailiwick_proto::v1::key_service_client::KeyServiceClient;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::messages::call_as;
use super::world::serve;
use crate::methods::METHODS;
use crate::permission::Permission;
use crate::{CallersConfig, Config};

/// The realm of the key; one that is there, and is not; one that is not there.
const REALMS: [&str; 3] = ["realms/eto", "realms/cmg", "realms/none"];

pub(super) fn descriptor(pool: &DescriptorPool, path: &str) -> MethodDescriptor {
    let (service, method) = path[1..].split_once('/').unwrap();
    pool.get_service_by_name(service).unwrap().methods().find(|one| one.name() == method).unwrap()
}

/// A request that names the realm, and an actor where one who may act for others asks; none where it has no realm.
fn request(method: &MethodDescriptor, realm: &str, permission: Permission) -> Option<Vec<u8>> {
    let mut message = DynamicMessage::new(method.input());
    message.try_set_field_by_name("realm", Value::String(realm.to_owned())).ok()?;
    if permission == Permission::Manage {
        // Where there is no actor, none is needed.
        let _ = message.try_set_field_by_name("actor", Value::String("users/a".to_owned()));
    }
    Some(message.encode_to_vec())
}

/// Code, reason and text of an answer.
pub(super) fn told(answer: Result<(), Status>) -> (Code, String, String) {
    let Err(status) = answer else { return (Code::Ok, String::new(), String::new()) };
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    (status.code(), reason, status.message().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_does_what_it_may_where_it_may() {
    let served = serve(Config::local()).await;
    let channel = served.channel().await;
    for name in ["eto", "cmg"] {
        let scheme = v1::create_realm_request::Scheme::ShippedScheme("eto".to_owned());
        let create = v1::CreateRealmRequest {
            realm: format!("realms/{name}"),
            scheme: Some(scheme),
            ..Default::default()
        };
        RealmServiceClient::new(channel.clone()).create_realm(create).await.unwrap();
    }
    let pool = DescriptorPool::decode(bailiwick_proto::FILE_DESCRIPTOR_SET).unwrap();
    let (mut allowed, mut denied) = (0, 0);
    for permission in Permission::ALL {
        let key = v1::CreateKeyRequest {
            display_name: "one".to_owned(),
            permissions: vec![permission.on_wire().into()],
            realms: vec![REALMS[0].to_owned()],
        };
        let made = KeyServiceClient::new(channel.clone()).create_key(key).await.unwrap().into_inner();
        for method in METHODS.iter().filter(|method| !method.needs.is_empty()) {
            let described = descriptor(&pool, method.path);
            let mut answers = Vec::new();
            for realm in REALMS {
                let bytes = request(&described, realm, permission).unwrap_or_default();
                answers.push(told(call_as(&channel, method.path, bytes, &made.secret).await));
            }
            let place = format!("{} with {}", method.path, permission.name());
            let not_permitted = |(code, reason, _): &(Code, String, String)| {
                *code == Code::PermissionDenied && reason == "CALLER_NOT_PERMITTED"
            };
            if !method.needs.contains(&permission) {
                assert!(answers.iter().all(not_permitted), "{place}: {answers:?}");
                assert!(answers.iter().all(|answer| *answer == answers[0]), "{place}: {answers:?}");
                denied += 1;
                continue;
            }
            if request(&described, REALMS[0], permission).is_none() {
                continue;
            }
            allowed += 1;
            assert_eq!(answers[1], answers[2], "{place}: there or not, it is not the caller's");
            assert_ne!(answers[1].0, Code::Ok, "{place}: {answers:?}");
            // Realms are made by whoever operates on all of them.
            if !method.path.ends_with("/CreateRealm") {
                assert!(!not_permitted(&answers[0]), "{place}: {answers:?}");
            }
        }
    }
    assert!(allowed > 60 && denied > 300, "{allowed} {denied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_health_and_what_there_is_answers_nobody() {
    let served = serve(Config { callers: CallersConfig::default(), ..Config::local() }).await;
    let channel = served.channel().await;
    for method in METHODS.iter().filter(|method| !method.needs.is_empty()) {
        for secret in ["", "bk_nobody"] {
            let answer = told(call_as(&channel, method.path, Vec::new(), secret).await);
            assert_eq!(
                (answer.0, answer.1.as_str()),
                (Code::Unauthenticated, "UNKNOWN_CALLER"),
                "{}",
                method.path
            );
        }
    }
    let open: Vec<_> = METHODS.iter().filter(|method| method.needs.is_empty()).map(|m| m.path).collect();
    assert!(
        open.iter().all(|path| path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection."))
    );
}

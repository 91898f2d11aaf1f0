//! The generated messages survive the wire, and the generated services carry their full names.

#![expect(clippy::expect_used, reason = "a helper of a test may fail the test")]

use bailiwick_proto::{log, v1};
use prost::Message;
use std::fmt::Debug;

fn there_and_back<M: Message + Default + PartialEq + Debug>(message: &M) {
    let decoded = M::decode(message.encode_to_vec().as_slice()).expect("what was encoded decodes");
    assert_eq!(&decoded, message);
}

#[test]
fn a_command_survives_the_wire() {
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::Only(v1::OnlyUnits { units: vec![] })),
        ends_at: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 1_000 }),
        ..Default::default()
    };
    let assign = v1::Assign {
        unit: "units/site-b".to_owned(),
        role: "staff".to_owned(),
        options: Some(options),
        ..Default::default()
    };
    there_and_back(&v1::ManageUserRequest {
        realm: "realms/eto".to_owned(),
        actor: "users/u-9".to_owned(),
        user: "users/u-17".to_owned(),
        changes: vec![v1::UserChange { change: Some(v1::user_change::Change::Assign(assign)) }],
        ..Default::default()
    });
}

#[test]
fn an_event_survives_the_wire_with_what_is_unset() {
    let assignment = log::v1::Assignment {
        number: 3,
        unit: "site-b".to_owned(),
        role: "staff".to_owned(),
        scope: Some(log::v1::assignment::Scope::Only(log::v1::OnlyUnits { units: vec![] })),
        // The first instant of 1970 is not the same as no first instant.
        starts_at: Some(0),
        ends_at: None,
        ..Default::default()
    };
    let access = log::v1::Access {
        user: "u-17".to_owned(),
        disabled: Some(log::v1::Disabled { by: String::new(), by_lowest: None, at: 5 }),
        assignments: vec![assignment],
        ..Default::default()
    };
    there_and_back(&log::v1::Event {
        entity: Some(log::v1::event::Entity::Access(access)),
        personal_digest: vec![7; 32],
    });
}

#[test]
fn every_service_has_its_full_name() {
    use v1::{
        access_service_server, change_service_server, customer_service_server, key_service_server,
        realm_service_server, unit_service_server, user_service_server,
    };
    let names = [
        access_service_server::SERVICE_NAME,
        change_service_server::SERVICE_NAME,
        customer_service_server::SERVICE_NAME,
        key_service_server::SERVICE_NAME,
        realm_service_server::SERVICE_NAME,
        unit_service_server::SERVICE_NAME,
        user_service_server::SERVICE_NAME,
    ];
    assert!(names.iter().all(|name| name.starts_with("bailiwick.v1.") && name.ends_with("Service")));
}

//! Two sites of an enterprise whose managers see nothing of one another, and somebody with an account at each.

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::transport::Channel;

use super::writes::{realm, unit, user};

/// `north` with the program `n1`, and `south` with `s1`; `noah` manages the one, `mona` both.
pub(super) fn two_sites() -> Vec<Item> {
    vec![
        unit("units/e", "enterprise", &[]),
        unit("units/north", "site", &["units/e"]),
        unit("units/south", "site", &["units/e"]),
        unit("units/n1", "program", &["units/north"]),
        unit("units/s1", "program", &["units/south"]),
        user("noah", "north", &[("site-manager", "north")]),
        user("mona", "e", &[("enterprise-manager", "e")]),
    ]
}

/// `rex` of the one site, who holds this, and is `rex2` of the other, staff, whose own record is that customer's.
pub(super) fn accounts(own_record: &str, holds: &[(&str, &str)]) -> [Item; 2] {
    let rex = person(user("rex", "north", holds), |rex| rex.same_person = "users/rex2".to_owned());
    let other = user("rex2", "south", &[("staff", "south")]);
    [person(other, |other| other.own_record = format!("customers/{own_record}")), rex]
}

/// A user who is loaded with more.
pub(super) fn person(item: Item, with: impl FnOnce(&mut v1::LoadUser)) -> Item {
    let Item::User(mut user) = item else { panic!("a user") };
    with(&mut user);
    Item::User(user)
}

/// One change of a user.
pub(super) fn change(actor: &str, user: &str, change: Change) -> v1::ManageUserRequest {
    v1::ManageUserRequest {
        realm: realm(),
        actor: actor.to_owned(),
        user: format!("users/{user}"),
        changes: vec![v1::UserChange { change: Some(change) }],
        ..Default::default()
    }
}

/// Gives a change as an operator.
pub(super) async fn give(channel: &Channel, user: &str, what: Change) {
    UserServiceClient::new(channel.clone()).manage_user(change("", user, what)).await.unwrap();
}

/// What a change would change for whom, as it is told to an actor.
pub(super) async fn dry(channel: &Channel, actor: &str, user: &str, what: Change) -> v1::Preview {
    let request = v1::ManageUserRequest { validate_only: true, ..change(actor, user, what) };
    let reply = UserServiceClient::new(channel.clone()).manage_user(request).await.unwrap();
    reply.into_inner().preview.unwrap()
}

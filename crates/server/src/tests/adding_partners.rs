//! Document A over the wire, as one story: somebody who runs a project group looks for a partner, makes the account, and
//! the partner works in groups, sub-groups and personal groups.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::explain::serve_scheme;
use super::world::Served;
use super::writes::{all_below, load, realm, reason, unit, user};

/// An administrator of two project groups, at work, and whoever comes to work with her.
struct Desk {
    _served: Served,
    channel: Channel,
}

impl Desk {
    async fn begin() -> Self {
        let (served, channel) = serve_scheme("illinois-worknet").await;
        let mut ada = user("ada", "cyep", &[]);
        if let v1::load_item::Item::User(ada) = &mut ada {
            ada.assignments =
                ["cyep", "ya"].map(|group| held(group, "service-provider-program-administrator")).to_vec();
        }
        let items = vec![
            unit("units/il", "state", &[]),
            unit("units/l1", "lwia", &["units/il"]),
            unit("units/austin", "organization", &["units/l1"]),
            unit("units/psc", "organization", &["units/l1"]),
            unit("units/cyep", "project-group", &["units/il"]),
            unit("units/ya", "project-group", &["units/il"]),
            unit("units/cyep-austin", "authorization-group", &["units/cyep", "units/austin"]),
            unit("units/ya-psc", "authorization-group", &["units/ya", "units/psc"]),
            ada,
        ];
        load(&channel, items).await.unwrap();
        Self { _served: served, channel }
    }

    /// Steps 5 to 7: looks for somebody of these names.
    async fn search(&self, include_disabled: bool) -> v1::MatchUsersResponse {
        let v1::Profile { first_name, last_name, birth_date, email, zip, .. } = joe();
        let request = v1::MatchUsersRequest {
            realm: realm(),
            actor: "users/ada".to_owned(),
            first_name,
            last_name,
            birth_date,
            email,
            zip,
            include_disabled,
            ..Default::default()
        };
        UserServiceClient::new(self.channel.clone()).match_users(request).await.unwrap().into_inner()
    }

    async fn change(
        &self,
        actor: &str,
        user: &str,
        changes: Vec<Change>,
    ) -> Result<v1::ManageUserResponse, Status> {
        let request = v1::ManageUserRequest {
            realm: realm(),
            actor: format!("users/{actor}"),
            user: user.to_owned(),
            changes: changes.into_iter().map(|change| v1::UserChange { change: Some(change) }).collect(),
            ..Default::default()
        };
        UserServiceClient::new(self.channel.clone())
            .manage_user(request)
            .await
            .map(tonic::Response::into_inner)
    }

    async fn make(&self, actor: &str, id: &str, kind: &str, parent: &str) -> Result<v1::Unit, Status> {
        let request = v1::CreateUnitRequest {
            realm: realm(),
            actor: actor.to_owned(),
            unit: format!("units/{id}"),
            kind: kind.to_owned(),
            parents: vec![format!("units/{parent}")],
            ..Default::default()
        };
        let reply = UnitServiceClient::new(self.channel.clone()).create_unit(request).await?;
        Ok(reply.into_inner().unit.unwrap())
    }

    async fn place(&self, actor: &str, customer: &str, at: &str) -> Result<(), Status> {
        let request = v1::PlaceCustomerRequest {
            realm: realm(),
            actor: actor.to_owned(),
            customer: format!("customers/{customer}"),
            unit: format!("units/{at}"),
            ..Default::default()
        };
        CustomerServiceClient::new(self.channel.clone()).place_customer(request).await.map(drop)
    }

    /// Whom somebody sees.
    async fn seen(&self, subject: &str) -> Vec<String> {
        let request = v1::ListAllowedResourcesRequest {
            realm: realm(),
            subject: subject.to_owned(),
            capability: "customer.view".to_owned(),
            ..Default::default()
        };
        let reply = AccessServiceClient::new(self.channel.clone()).list_allowed_resources(request).await;
        reply.unwrap().into_inner().resources.into_iter().map(|row| row.resource).collect()
    }
}

/// The person of the document's pictures.
pub(super) fn joe() -> v1::Profile {
    v1::Profile {
        first_name: "Joe".to_owned(),
        last_name: "McGoo".to_owned(),
        birth_date: "1994-05-06".to_owned(),
        work_phone: "+13125550142".to_owned(),
        email: "jmcgoo@example.org".to_owned(),
        zip: "60124".to_owned(),
        ..Default::default()
    }
}

fn held(unit: &str, role: &str) -> v1::Assign {
    let switched =
        v1::AssignmentOptions { user_management: v1::UserManagement::Manage.into(), ..all_below().unwrap() };
    v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: Some(switched),
        ..Default::default()
    }
}

fn partner(unit: &str) -> Change {
    Change::Assign(v1::Assign { options: all_below(), ..held(unit, "partner") })
}

fn why<T: std::fmt::Debug>(refused: Result<T, Status>) -> String {
    reason(&refused.unwrap_err())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_is_looked_for_added_and_works_in_groups() {
    let desk = Desk::begin().await;

    // No active account, and none at all: only then one is made, in both groups at once.
    assert_eq!(desk.search(false).await.outcome(), v1::MatchOutcome::NoneActive);
    assert_eq!(desk.search(true).await.outcome(), v1::MatchOutcome::None);
    let create =
        v1::CreateUser { home_unit: "units/cyep".to_owned(), profile: Some(joe()), ..Default::default() };
    let made =
        desk.change("ada", "", vec![Change::Create(create), partner("cyep-austin"), partner("ya-psc")]);
    let made = made.await.unwrap();
    let user = made.user.unwrap();
    assert_eq!((user.username.as_str(), made.assigned.len()), ("JMcGoo", 2));
    // The Groups tab: both groups, and the project groups that they imply.
    let implied: Vec<&str> = user.implied_memberships.iter().map(|implied| implied.unit.as_str()).collect();
    assert_eq!(implied, ["units/cyep", "units/ya"]);
    let joe = user.name;

    // Whoever looks again finds the person, and nobody is made twice.
    assert_eq!(desk.search(false).await.outcome(), v1::MatchOutcome::Exact);
    let again = desk.change("ada", &joe, vec![partner("ya-psc")]).await;
    assert_eq!(why(again), "ALREADY_IN_GROUP");

    // Step 11: who is a partner alone manages nobody, whatever is switched on.
    let options =
        v1::AssignmentOptions { user_management: v1::UserManagement::Manage.into(), ..Default::default() };
    let switch_on = Change::AmendAssignment(v1::AmendAssignment {
        assignment: made.assigned[0].clone(),
        options: Some(options),
        fields: vec!["user_management".to_owned()],
        ..Default::default()
    });
    assert_eq!(why(desk.change("ada", &joe, vec![switch_on.clone()]).await), "NO_MANAGEMENT_ROLE");

    // In the group the partner makes a sub-group and a personal one, places customers, and sees them; in no other.
    desk.make(&joe, "cyep-youth", "sub-group", "cyep-austin").await.unwrap();
    desk.make(&joe, "cyep-mine", "personal-group", "cyep-austin").await.unwrap();
    assert_eq!(why(desk.make(&joe, "sub", "sub-group", "cyep").await), "OUT_OF_REACH");
    for (customer, group) in
        [("k1", "cyep-austin"), ("k1", "cyep-youth"), ("k2", "cyep-mine"), ("k3", "ya-psc")]
    {
        desk.place(&joe, customer, group).await.unwrap();
    }
    desk.place("", "k4", "psc").await.unwrap();
    assert_eq!(desk.seen(&joe).await, ["customers/k1", "customers/k2", "customers/k3"]);
    // Whoever manages the account sees no customer by that.
    assert_eq!(desk.seen("users/ada").await, Vec::<String>::new());

    // Removed from one group, the partner sees nobody there any more, and is still in the other.
    let remove = v1::RemoveAssignment { assignment: made.assigned[0].clone() };
    desk.change("ada", &joe, vec![Change::RemoveAssignment(remove)]).await.unwrap();
    assert_eq!(desk.seen(&joe).await, ["customers/k3"]);
    assert_eq!(why(desk.make(&joe, "late", "sub-group", "cyep-austin").await), "OUT_OF_REACH");
}

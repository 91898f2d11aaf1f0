//! Document B over the wire, as one story: a career planner makes teams, and through them partners see customers.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::world::{Served, serve};
use super::writes::{all_below, load, realm, reason, unit, user};
use crate::Config;

/// The career planner of a region, at work.
struct Planner {
    _served: Served,
    channel: Channel,
}

impl Planner {
    async fn begin() -> Self {
        let served = serve(Config::local()).await;
        let channel = served.channel().await;
        let create = v1::CreateRealmRequest {
            realm: realm(),
            scheme: Some(v1::create_realm_request::Scheme::ShippedScheme("dei-teams".to_owned())),
            ..Default::default()
        };
        RealmServiceClient::new(channel.clone()).create_realm(create).await.unwrap();
        let partner = |name: &str| {
            let Item::User(mut partner) = user(name, "cook", &[("partner", "cook")]) else {
                panic!("a user")
            };
            partner.profile.as_mut().unwrap().location = "District 99".to_owned();
            let options = partner.assignments[0].options.as_mut().unwrap();
            options.user_type = "K-12".to_owned();
            Item::User(partner)
        };
        let items = vec![
            unit("units/il", "state", &[]),
            unit("units/cook", "region", &["units/il"]),
            unit("units/dupage", "region", &["units/il"]),
            user("cp", "cook", &[("career-planner", "cook")]),
            user("cp2", "cook", &[("career-planner", "cook")]),
            user("far", "dupage", &[("career-planner", "dupage")]),
            partner("pam"),
            partner("pete"),
        ];
        load(&channel, items).await.unwrap();
        Self { _served: served, channel }
    }

    async fn make_team(&self, id: &str, name: &str, region: &str) -> Result<v1::Unit, Status> {
        let request = v1::CreateUnitRequest {
            realm: realm(),
            actor: "users/cp".to_owned(),
            unit: format!("units/{id}"),
            kind: "team".to_owned(),
            display_name: name.to_owned(),
            description: "Weekly".to_owned(),
            parents: vec![format!("units/{region}")],
            ..Default::default()
        };
        let reply = UnitServiceClient::new(self.channel.clone()).create_unit(request).await?;
        Ok(reply.into_inner().unit.unwrap())
    }

    async fn change(&self, user: &str, change: Change) -> Result<v1::ManageUserResponse, Status> {
        let request = v1::ManageUserRequest {
            realm: realm(),
            actor: "users/cp".to_owned(),
            user: format!("users/{user}"),
            changes: vec![v1::UserChange { change: Some(change) }],
            ..Default::default()
        };
        let mut users = UserServiceClient::new(self.channel.clone());
        users.manage_user(request).await.map(tonic::Response::into_inner)
    }

    /// Adds somebody to a team; yields the assignment.
    async fn add(&self, user: &str, role: &str, team: &str) -> Result<String, Status> {
        let user_type = if role == "partner" { "K-12" } else { "" };
        let options = all_below().map(|all| v1::AssignmentOptions { user_type: user_type.to_owned(), ..all });
        let assign = v1::Assign {
            unit: format!("units/{team}"),
            role: role.to_owned(),
            options,
            ..Default::default()
        };
        Ok(self.change(user, Change::Assign(assign)).await?.assigned.swap_remove(0))
    }

    async fn take_off(&self, user: &str, assignment: &str) -> Result<v1::ManageUserResponse, Status> {
        let assignment = assignment.to_owned();
        self.change(user, Change::RemoveAssignment(v1::RemoveAssignment { assignment })).await
    }

    async fn place(&self, customer: &str, at: &str) -> Result<(), Status> {
        let request = v1::PlaceCustomerRequest {
            realm: realm(),
            actor: "users/cp".to_owned(),
            customer: format!("customers/{customer}"),
            unit: format!("units/{at}"),
            ..Default::default()
        };
        CustomerServiceClient::new(self.channel.clone()).place_customer(request).await.map(drop)
    }

    /// Of whom a dry run of placing somebody on a team says that they gain sight of them.
    async fn would_see(&self, customer: &str, at: &str) -> Vec<String> {
        let request = v1::PlaceCustomerRequest {
            realm: realm(),
            actor: "users/cp".to_owned(),
            customer: format!("customers/{customer}"),
            unit: format!("units/{at}"),
            validate_only: true,
            ..Default::default()
        };
        let reply = CustomerServiceClient::new(self.channel.clone()).place_customer(request).await.unwrap();
        let gained = reply.into_inner().preview.unwrap().holders.into_iter().filter(|holders| {
            holders.turn() == v1::AccessTurn::Gained
                && holders.capabilities.iter().any(|capability| capability == "customer.view")
        });
        gained.flat_map(|holders| holders.users).collect()
    }

    async fn take_customer_off(&self, customer: &str, team: &str) -> Result<(), Status> {
        let request = v1::RemovePlacementRequest {
            realm: realm(),
            actor: "users/cp".to_owned(),
            customer: format!("customers/{customer}"),
            unit: format!("units/{team}"),
            ..Default::default()
        };
        CustomerServiceClient::new(self.channel.clone()).remove_placement(request).await.map(drop)
    }

    /// Who is on a team, as somebody sees it.
    async fn on_team(&self, actor: &str, team: &str) -> Result<Vec<String>, Status> {
        let unit = format!("units/{team}");
        let request = v1::ListPlacementsRequest {
            realm: realm(),
            actor: format!("users/{actor}"),
            filter: Some(v1::list_placements_request::Filter::Unit(unit)),
            ..Default::default()
        };
        let reply = CustomerServiceClient::new(self.channel.clone()).list_placements(request).await?;
        Ok(reply.into_inner().placements.into_iter().map(|placement| placement.customer).collect())
    }

    /// Whom somebody sees, and as far as these record classes.
    async fn seen(&self, subject: &str, classes: &[&str]) -> Vec<String> {
        let request = v1::ListAllowedResourcesRequest {
            realm: realm(),
            subject: format!("users/{subject}"),
            capability: "customer.view".to_owned(),
            record_classes: classes.iter().map(|&class| class.to_owned()).collect(),
            ..Default::default()
        };
        let reply = AccessServiceClient::new(self.channel.clone()).list_allowed_resources(request).await;
        reply.unwrap().into_inner().resources.into_iter().map(|row| row.resource).collect()
    }
}

fn why<T: std::fmt::Debug>(refused: Result<T, Status>) -> String {
    reason(&refused.unwrap_err())
}

const NOBODY: [&str; 0] = [];

#[tokio::test(flavor = "multi_thread")]
async fn partners_see_the_customers_of_their_teams_and_nobody_else() {
    let cp = Planner::begin().await;
    // A name of the common form, in one's own region, and with a partner before anybody is added.
    assert_eq!(why(cp.make_team("t1", "health", "cook").await), "NAME_PATTERN");
    assert_eq!(why(cp.make_team("t1", "DuPage - Health", "dupage").await), "OUT_OF_REACH");
    let team = cp.make_team("t1", "Cook - Health", "cook").await.unwrap();
    assert!(team.below_minimum);
    cp.make_team("t2", "Cook - Retail", "cook").await.unwrap();
    cp.place("c1", "cook").await.unwrap();
    cp.place("c2", "cook").await.unwrap();
    assert_eq!(why(cp.place("c1", "t1").await), "UNIT_BELOW_MINIMUM");

    let pam = cp.add("pam", "partner", "t1").await.unwrap();
    cp.add("cp2", "career-planner", "t1").await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, NOBODY);
    assert_eq!(cp.would_see("c1", "t1").await, ["users/pam"]);
    cp.place("c1", "t1").await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, ["customers/c1"]);
    assert_eq!(cp.seen("pam", &["program"]).await, ["customers/c1"]);
    let mut users = UserServiceClient::new(cp.channel.clone());
    let on_team = v1::ListUsersRequest {
        realm: realm(),
        actor: "users/cp".to_owned(),
        unit: "units/t1".to_owned(),
        only_at_unit: true,
        ..Default::default()
    };
    let people = users.list_users(on_team).await.unwrap().into_inner().users;
    let mut people: Vec<_> = people.into_iter().map(|user| user.name).collect();
    people.sort();
    assert_eq!(people, ["users/cp2", "users/pam"]);
    // Who makes up the team sees who is on it; so does the partner; who works elsewhere does not.
    assert_eq!(cp.on_team("cp", "t1").await.unwrap(), ["customers/c1"]);
    assert_eq!(cp.on_team("pam", "t1").await.unwrap(), ["customers/c1"]);
    assert_eq!(why(cp.on_team("far", "t1").await), "UNKNOWN_UNIT");
    for hidden in ["contact", "private"] {
        assert_eq!(cp.seen("pam", &[hidden]).await, NOBODY);
    }
    assert_eq!(cp.seen("pete", &[]).await, NOBODY);
    assert_eq!(cp.seen("cp", &["contact", "private"]).await, ["customers/c1", "customers/c2"]);
    assert_eq!(cp.seen("far", &[]).await, NOBODY);

    // Partners and customers can be on several teams, and are taken off one by one.
    cp.add("pam", "partner", "t2").await.unwrap();
    cp.place("c1", "t2").await.unwrap();
    cp.place("c2", "t2").await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, ["customers/c1", "customers/c2"]);
    cp.take_customer_off("c1", "t1").await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, ["customers/c1", "customers/c2"]);
    cp.take_customer_off("c1", "t2").await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, ["customers/c2"]);

    // A team has one partner at least: who is the last stays until there is another.
    assert_eq!(why(cp.take_off("pam", &pam).await), "BELOW_MINIMUM");
    cp.add("pete", "partner", "t1").await.unwrap();
    cp.take_off("pam", &pam).await.unwrap();
    cp.place("c1", "t1").await.unwrap();
    assert_eq!(cp.seen("pete", &[]).await, ["customers/c1"]);
    assert_eq!(cp.seen("pam", &[]).await, ["customers/c2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_team_shows_nobody_until_it_is_restored() {
    let cp = Planner::begin().await;
    cp.make_team("t1", "Cook - Health", "cook").await.unwrap();
    cp.add("pam", "partner", "t1").await.unwrap();
    cp.place("c1", "cook").await.unwrap();
    cp.place("c1", "t1").await.unwrap();
    let mut units = UnitServiceClient::new(cp.channel.clone());
    let (actor, team) = ("users/cp".to_owned(), "units/t1".to_owned());
    let archive = v1::ArchiveUnitRequest {
        realm: realm(),
        actor: actor.clone(),
        unit: team.clone(),
        ..Default::default()
    };
    let far = v1::ArchiveUnitRequest { actor: "users/far".to_owned(), ..archive.clone() };
    assert_eq!(why(units.archive_unit(far).await), "OUT_OF_REACH");
    units.archive_unit(archive).await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, NOBODY);
    assert_eq!(cp.seen("cp", &[]).await, ["customers/c1"]);
    assert_eq!(why(cp.place("c2", "t1").await), "OUT_OF_REACH");
    let restore = v1::RestoreUnitRequest { realm: realm(), actor, unit: team, ..Default::default() };
    units.restore_unit(restore).await.unwrap();
    assert_eq!(cp.seen("pam", &[]).await, ["customers/c1"]);
}

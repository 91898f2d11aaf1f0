//! Whom adding to a unit enables, where a scheme says that it does: nobody whom the actor could not enable.

use bailiwick_realm::{Actor, OptionsSpec, UserChange};

use crate::realm::{Realm, all, assign, command, manage, step, switched, user_id};

const ENGINE: &str = include_str!("../../../../tests/schemes/engine.toml");

/// Two teams, who manages at the region above them, and somebody disabled who belongs to one of the teams.
fn realm(scheme: &str, lead: OptionsSpec) -> Realm {
    let mut realm = Realm::new("engine", &scheme.replace("[users]\n", "[users]\nenabled_by_add = true\n"));
    realm.unit("land", "country", &[]);
    realm.unit("east", "region", &["land"]);
    realm.unit("t1", "team", &["east"]);
    realm.unit("t2", "team", &["east"]);
    realm.user("chief", "land", vec![assign("land", "chief", all())]);
    realm.user("lead", "east", vec![assign("east", "lead", lead)]);
    realm.user("off", "east", vec![assign("t1", "partner", all())]);
    let disable = command(Actor::Operator, manage(&user_id("off"), vec![UserChange::Disable]));
    realm.state = step(&realm.state, &disable, realm.now).unwrap();
    realm
}

fn is_active_once_added(scheme: &str, lead: OptionsSpec) -> bool {
    let (realm, user) = (realm(scheme, lead), user_id("off"));
    let add = manage(&user, vec![UserChange::Assign(assign("t2", "partner", all()))]);
    let next = step(&realm.state, &command(Actor::User(user_id("lead")), add), realm.now).unwrap();
    let world = &next.world;
    world.user(world.user_ix(user.as_str()).unwrap()).unwrap().is_active()
}

#[test]
fn who_manages_users_there_enables_by_adding() {
    assert!(is_active_once_added(ENGINE, switched(all())));
}

#[test]
fn who_only_manages_teams_does_not() {
    let lead = "user_management = \"switch\"\n";
    let may = "capabilities = [\"user.manage\", \"team.manage\", \"query.run\"]";
    assert!(ENGINE.contains(may));
    let teams = ENGINE.replacen(lead, "", 1).replace(may, "capabilities = [\"team.manage\", \"query.run\"]");
    assert!(!is_active_once_added(&teams, all()));
}

#[test]
fn nor_does_anybody_where_enabling_waits_for_a_request() {
    let chief = "capabilities = [\"user.manage\", \"user.identity.edit\", \"team.manage\"]";
    assert!(ENGINE.contains(chief));
    let asks = chief.replace("\"team.manage\"", "\"team.manage\", \"request.submit\", \"request.approve\"");
    let requests = "\n[requests]\nkinds = [\"reinstate\"]\nonly_by_request = [\"enable\"]\n";
    assert!(!is_active_once_added(&(ENGINE.replace(chief, &asks) + requests), switched(all())));
}

//! Handles: proof that somebody out of sight was found by what is known of them.

use bailiwick_identity::Instant;
use bailiwick_policy::Reason;
use bailiwick_realm::{Actor, Body, Command, Handle, ManageUser, UserChange};

use crate::realm::{Realm, all, assign, command, only, step, user_id};

/// Two sites; the manager of one knows the worker of the other.
fn realm() -> Realm {
    let mut realm = Realm::new("eto", include_str!("../../../../schemes/eto.toml"));
    realm.unit("ent", "enterprise", &[]);
    for site in ["a", "b"] {
        realm.unit(&format!("site-{site}"), "site", &["ent"]);
        realm.unit(&format!("prog-{site}"), "program", &[&format!("site-{site}")]);
    }
    realm.user("manager", "site-a", vec![assign("site-a", "site-manager", all())]);
    realm.user("worker", "site-b", vec![assign("site-b", "staff", only(&["prog-b"]))]);
    realm.user("senior", "site-b", vec![assign("site-b", "site-manager", all())]);
    realm
}

fn handle(realm: &Realm) -> Handle {
    Handle {
        id: [7; 16],
        caller: "test".to_owned(),
        actor: user_id("manager"),
        user: user_id("worker"),
        expires_at: realm.now.next(),
    }
}

fn add(user: &str, unit: &str, handles: Vec<Handle>) -> Command {
    let changes = vec![UserChange::Assign(assign(unit, "staff", all()))];
    let manage = ManageUser { user: user_id(user), etag: None, handles, changes };
    command(Actor::User(user_id("manager")), Body::ManageUser(manage))
}

fn reason(realm: &Realm, command: &Command) -> Option<Reason> {
    step(&realm.state, command, realm.now).err().map(|refusal| refusal.reason)
}

#[test]
fn a_handle_lets_somebody_out_of_sight_be_added() {
    let realm = realm();
    assert_eq!(reason(&realm, &add("worker", "site-a", vec![handle(&realm)])), None);
}

#[test]
fn without_one_they_are_nobody() {
    let realm = realm();
    assert_eq!(reason(&realm, &add("worker", "site-a", Vec::new())), Some(Reason::UnknownUser));
    assert_eq!(reason(&realm, &add("nobody", "site-a", Vec::new())), Some(Reason::UnknownUser));
}

#[test]
fn a_handle_is_good_for_its_caller_actor_and_user_until_its_instant() {
    let realm = realm();
    let spoiled: [fn(&mut Handle, Instant); 4] = [
        |h, _| h.caller = "other".to_owned(),
        |h, _| h.actor = user_id("senior"),
        |h, _| h.user = user_id("senior"),
        |h, now| h.expires_at = now,
    ];
    for spoil in spoiled {
        let mut handle = handle(&realm);
        spoil(&mut handle, realm.now);
        assert_eq!(reason(&realm, &add("worker", "site-a", vec![handle])), Some(Reason::UnknownUser));
    }
}

#[test]
fn a_handle_gives_no_reach_and_skips_no_rule() {
    let realm = realm();
    assert_eq!(reason(&realm, &add("worker", "site-b", vec![handle(&realm)])), Some(Reason::UnknownUser));
    let mut boss = handle(&realm);
    boss.user = user_id("senior");
    let add = AssignRole { user: "senior", role: "site-manager" };
    assert_eq!(reason(&realm, &add.with(boss)), None, "equals manage each other under a gap of 0");
}

/// A role of choice for a person found.
struct AssignRole<'a> {
    user: &'a str,
    role: &'a str,
}

impl AssignRole<'_> {
    fn with(&self, handle: Handle) -> Command {
        let changes = vec![UserChange::Assign(assign("site-a", self.role, all()))];
        let manage = ManageUser { user: user_id(self.user), etag: None, handles: vec![handle], changes };
        command(Actor::User(user_id("manager")), Body::ManageUser(manage))
    }
}

#[test]
fn what_a_command_adds_gives_no_reach_in_it() {
    let realm = realm();
    let changes = vec![
        UserChange::Assign(assign("site-a", "staff", all())),
        UserChange::UpdateProfile(vec![bailiwick_realm::FieldChange::Field(
            bailiwick_identity::Field::WorkPhone,
            Some("+13125550100".to_owned()),
        )]),
    ];
    let manage = ManageUser { user: user_id("worker"), etag: None, handles: vec![handle(&realm)], changes };
    let command = command(Actor::User(user_id("manager")), Body::ManageUser(manage));
    let refusal = step(&realm.state, &command, realm.now).unwrap_err();
    assert_eq!(refusal.change, Some(1));
    assert!(matches!(refusal.reason, Reason::OutOfReach | Reason::UnknownUser), "{refusal}");
}

//! The last manager of a root, and two who try to leave none.

use bailiwick_policy::Reason;
use bailiwick_realm::{Actor, UserChange};

use crate::realm::{Realm, all, assign, command, manage, step, user_id};

fn realm() -> Realm {
    let mut realm = Realm::new("eto", include_str!("../../../../schemes/eto.toml"));
    realm.unit("ent", "enterprise", &[]);
    realm.unit("site-a", "site", &["ent"]);
    for boss in ["one", "two"] {
        realm.user(boss, "ent", vec![assign("ent", "enterprise-manager", all())]);
    }
    realm
}

fn disable(actor: &str, user: &str) -> bailiwick_realm::Command {
    command(Actor::User(user_id(actor)), manage(&user_id(user), vec![UserChange::Disable]))
}

#[test]
fn two_who_disable_each_other_leave_one() {
    let realm = realm();
    let after = step(&realm.state, &disable("one", "two"), realm.now).unwrap();
    let second = step(&after, &disable("two", "one"), realm.now.next()).unwrap_err();
    assert_eq!(second.reason, Reason::UserDisabled);
}

#[test]
fn an_operator_says_so_to_remove_the_last() {
    let realm = realm();
    let after = step(&realm.state, &disable("one", "two"), realm.now).unwrap();
    let mut last = command(Actor::Operator, manage(&user_id("one"), vec![UserChange::Disable]));
    assert_eq!(step(&after, &last, realm.now.next()).unwrap_err().reason, Reason::LastManager);
    last.may_remove_last_manager = true;
    assert!(step(&after, &last, realm.now.next()).is_ok());
}

#[test]
fn an_actor_cannot_say_so() {
    let realm = realm();
    let after = step(&realm.state, &disable("one", "two"), realm.now).unwrap();
    let mut end = command(
        Actor::User(user_id("one")),
        manage(&user_id("two"), vec![UserChange::End { number: 1, at: None }]),
    );
    end.may_remove_last_manager = true;
    assert!(step(&after, &end, realm.now.next()).is_ok(), "somebody disabled is no manager");
}

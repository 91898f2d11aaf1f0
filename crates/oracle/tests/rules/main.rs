//! Sentences of the design, each on one small world, with answers written down before the code ran.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

use bailiwick_oracle::manage::effect::apply;
use bailiwick_oracle::manage::{Change, Options};
use bailiwick_oracle::model::{Assignment, CaseloadEntry, Grant, Scope, Standing};

mod world;

use world::*;

#[test]
fn a_unit_is_covered_through_any_parent_until_one_above_is_archived() {
    let mut world = world();
    give(&mut world, "b", vec![held(1, "r1", "head")]);
    assert_eq!(reason(&world, "b", "report.view", "units/t1"), "ALLOWED");
    assert_eq!(reason(&world, "b", "report.view", "units/s2"), "OUT_OF_SCOPE");
    archive(&mut world, "r2");
    assert_eq!(reason(&world, "b", "report.view", "units/t1"), "OUT_OF_SCOPE");
}

#[test]
fn what_ends_is_half_open() {
    let mut world = world();
    give(&mut world, "b", vec![Assignment { ends_at: Some(NOW), ..held(1, "e", "head") }]);
    assert_eq!(reason(&world, "b", "report.view", "units/e"), "NO_ASSIGNMENT");
    give(&mut world, "b", vec![Assignment { ends_at: Some(NOW + 1), ..held(1, "e", "head") }]);
    let answer = ask(&world, "b", "report.view", "units/e");
    assert_eq!((answer.allowed, answer.valid_until), (true, Some(NOW + 1)));
    give(&mut world, "b", vec![Assignment { starts_at: Some(NOW + 1), ..held(1, "e", "head") }]);
    assert_eq!(reason(&world, "b", "report.view", "units/e"), "NOT_EFFECTIVE");
}

#[test]
fn enclosing_reach_meets_the_nearest_of_its_kind_on_every_path() {
    let mut world = world();
    let only_nothing = Assignment { scope: Scope::Only(Vec::new()), ..held(1, "t1", "partner") };
    give(&mut world, "b", vec![only_nothing]);
    for (unit, code) in [("r1", "ALLOWED"), ("r2", "ALLOWED"), ("s1", "OUT_OF_SCOPE"), ("e", "OUT_OF_SCOPE")]
    {
        assert_eq!(reason(&world, "b", "dashboard.view", &format!("units/{unit}")), code, "{unit}");
    }
    archive(&mut world, "r1");
    assert_eq!(reason(&world, "b", "dashboard.view", "units/r1"), "OUT_OF_SCOPE");
    assert_eq!(reason(&world, "b", "dashboard.view", "units/r2"), "NOT_EFFECTIVE");
}

#[test]
fn a_team_placement_counts_at_the_team_itself() {
    let mut world = world();
    give(&mut world, "b", vec![held(1, "s1", "worker")]);
    assert_eq!(reason(&world, "b", "customer.view", "customers/x"), "ALLOWED");
    assert_eq!(reason(&world, "b", "customer.view", "customers/z"), "OUT_OF_SCOPE");
    give(&mut world, "b", vec![held(1, "t1", "partner")]);
    let answer = ask(&world, "b", "customer.view", "customers/z");
    assert_eq!(answer.visible, strings(&["contact", "program"]));
    assert_eq!(answer.through, vec![("t1".to_owned(), strings(&["contact", "program"]))]);
    assert_eq!(answer.deciding, Some((1, "partner".to_owned(), "t1".to_owned())));
    give(&mut world, "b", vec![held(1, "s1", "partner")]);
    assert_eq!(reason(&world, "b", "customer.view", "customers/x"), "ROLE_LACKS_CAPABILITY");
    give(&mut world, "b", vec![held(1, "t9", "partner")]);
    assert_eq!(reason(&world, "b", "customer.view", "customers/z"), "ROLE_LACKS_CAPABILITY");
}

#[test]
fn a_caseload_restriction_binds_where_it_is_not_exempt() {
    let mut world = world();
    let bound = Assignment { caseload_only: true, ..held(1, "r2", "worker") };
    give(&mut world, "b", vec![bound.clone()]);
    assert_eq!(reason(&world, "b", "customer.view", "customers/x"), "CASELOAD_RESTRICTED");
    assert_eq!(reason(&world, "b", "customer.find", "units/s1"), "CASELOAD_RESTRICTED");
    let case = CaseloadEntry { customer: "x".to_owned(), unit: "s1".to_owned() };
    world.users.get_mut(1).unwrap().caseload.push(case);
    assert_eq!(reason(&world, "b", "customer.view", "customers/x"), "ALLOWED");
    assert_eq!(reason(&world, "b", "customer.view", "customers/y"), "CASELOAD_RESTRICTED");
    assert_eq!(reason(&world, "b", "customer.edit", "customers/y"), "OUT_OF_SCOPE");
    give(&mut world, "b", vec![Assignment { exempt: strings(&["s1"]), ..bound }]);
    assert_eq!(reason(&world, "b", "customer.view", "customers/y"), "ALLOWED");
    assert_eq!(reason(&world, "b", "customer.find", "units/t1"), "ALLOWED");
    assert_eq!(reason(&world, "b", "customer.find", "units/s2"), "CASELOAD_RESTRICTED");
}

#[test]
fn an_own_record_is_reached_by_own_reach_alone() {
    let mut world = world();
    give(&mut world, "b", vec![held(1, "e", "worker")]);
    give(&mut world, "c", vec![held(1, "e", "guest")]);
    world.users.get_mut(1).unwrap().person = Some("p".to_owned());
    world.users.get_mut(2).unwrap().person = Some("p".to_owned());
    world.users.get_mut(2).unwrap().own_record = Some("x".to_owned());
    assert_eq!(reason(&world, "b", "customer.view", "customers/x"), "SELF");
    let own = ask(&world, "c", "customer.view", "customers/x");
    assert_eq!((own.visible, own.redacted), (strings(&["contact"]), strings(&["program"])));
    assert_eq!(own.through, vec![("s1".to_owned(), strings(&["contact"]))]);
    assert_eq!(reason(&world, "c", "customer.view", "customers/y"), "OUT_OF_SCOPE");
}

#[test]
fn reporting_roles_decide_instead_of_roles() {
    let mut world = world();
    give(&mut world, "b", vec![held(1, "t1", "worker")]);
    assert_eq!(reason(&world, "b", "results.view", "units/s1"), "NO_REPORTING_ROLE");
    world.users.get_mut(1).unwrap().reporting_role = Some("by-region".to_owned());
    assert_eq!(reason(&world, "b", "results.view", "units/s2"), "ALLOWED");
    assert_eq!(reason(&world, "b", "results.view", "units/e"), "OUT_OF_SCOPE");
    give(&mut world, "b", vec![Assignment { scope: Scope::Only(Vec::new()), ..held(1, "s1", "worker") }]);
    assert_eq!(reason(&world, "b", "results.view", "units/s2"), "OUT_OF_SCOPE");
}

#[test]
fn a_system_comes_with_a_role_or_by_a_grant_with_rank_enough() {
    let mut world = world();
    give(&mut world, "b", vec![held(1, "t1", "worker")]);
    assert_eq!(reason(&world, "b", "system.use", "systems/recorder"), "NO_ENTITLEMENT");
    let grant = Grant {
        system: "recorder".to_owned(),
        starts_at: Some(NOW),
        ends_at: None,
        standing: Standing::Live,
    };
    world.users.get_mut(1).unwrap().grants.push(grant);
    assert_eq!(reason(&world, "b", "system.use", "systems/recorder"), "RANK_TOO_LOW");
    give(&mut world, "b", vec![held(1, "t1", "head")]);
    assert_eq!(reason(&world, "b", "system.use", "systems/recorder"), "ALLOWED");
}

#[test]
fn a_manages_b_only_if_its_lowest_is_at_least_the_highest_of_b() {
    let mut world = world();
    give(&mut world, "a", vec![held(1, "e", "head"), managing(2, "s2", "lead")]);
    give(&mut world, "b", vec![held(1, "s1", "lead"), held(2, "s2", "worker")]);
    assert_eq!(refused(&world, "b", &Change::EndAssignment(1)), "ALLOWED");
    give(&mut world, "a", vec![held(1, "e", "head"), held(2, "s2", "worker")]);
    assert_eq!(refused(&world, "b", &Change::EndAssignment(2)), "RANK_TOO_LOW");
    assert_eq!(reason(&world, "a", "user.manage", "users/b"), "RANK_TOO_LOW");
    assert_eq!(reason(&world, "a", "user.view", "users/b"), "ALLOWED");
    assert_eq!(refused(&world, "a", &Change::Disable), "SELF");
    assert_eq!(refused(&world, "nobody", &Change::Disable), "UNKNOWN_USER");
}

#[test]
fn a_low_role_that_would_lower_a_manager_needs_whole_reach() {
    let mut world = world();
    give(&mut world, "a", vec![managing(1, "r1", "lead")]);
    give(&mut world, "b", vec![managing(1, "s2", "lead"), held(2, "s1", "lead")]);
    assert_eq!(refused(&world, "b", &assign(held(3, "s1", "worker"))), "WOULD_LOWER_LOWEST");
    give(&mut world, "b", vec![managing(1, "s1", "lead")]);
    assert_eq!(refused(&world, "b", &assign(held(3, "s1", "worker"))), "ALLOWED");
    assert_eq!(refused(&world, "b", &assign(held(3, "s1", "head"))), "ROLE_ABOVE_OWN");
    assert_eq!(refused(&world, "b", &assign(held(3, "s2", "worker"))), "OUT_OF_REACH");
}

#[test]
fn an_unranked_manager_stands_beside_a_ranked_one() {
    let mut world = world();
    give(&mut world, "a", vec![managing(2, "s1", "partner")]);
    give(&mut world, "b", vec![held(1, "s1", "partner")]);
    assert_eq!(refused(&world, "b", &Change::EndAssignment(1)), "NO_MANAGEMENT_RIGHT");
    // The lead of another site hands out `partner` where its own `partner` gives it the right.
    give(&mut world, "a", vec![managing(1, "s2", "lead"), managing(2, "s1", "partner")]);
    assert_eq!(refused(&world, "b", &Change::EndAssignment(1)), "ALLOWED");
    assert_eq!(refused(&world, "b", &assign(held(2, "t1", "partner"))), "ALLOWED");
    give(&mut world, "a", vec![held(1, "s2", "lead"), managing(2, "s1", "partner")]);
    assert_eq!(refused(&world, "b", &Change::EndAssignment(1)), "NO_MANAGEMENT_RIGHT");
    // Who may not hand out an unranked role at all changes nobody as a whole who holds it.
    give(&mut world, "a", vec![held(1, "e", "head")]);
    assert_eq!(refused(&world, "b", &Change::IdentityField("email".to_owned())), "ROLE_ABOVE_OWN");
    assert_eq!(refused(&world, "b", &Change::OrdinaryField("phone".to_owned())), "ALLOWED");
}

#[test]
fn the_last_manager_of_a_root_stays() {
    let mut world = world();
    let ending = Assignment { ends_at: Some(NOW + 9), ..held(1, "e", "head") };
    give(&mut world, "a", vec![ending]);
    give(&mut world, "b", vec![held(1, "e", "head")]);
    assert_eq!(refused(&world, "b", &Change::Suspend(1)), "LAST_MANAGER");
    let lower = Options { role: "worker".to_owned(), ..Options::of(&held(1, "e", "head")) };
    assert_eq!(refused(&world, "b", &Change::Amend(1, Box::new(lower))), "LAST_MANAGER");
    give(&mut world, "a", vec![held(1, "e", "head")]);
    assert_eq!(refused(&world, "b", &Change::Suspend(1)), "ALLOWED");
}

#[test]
fn enabling_makes_effective_only_what_the_enabler_covers_and_may_hand_out() {
    let mut world = world();
    give(&mut world, "a", vec![managing(1, "r1", "lead")]);
    give(&mut world, "b", vec![held(1, "s1", "worker"), held(2, "s2", "worker"), held(3, "s1", "guest")]);
    let b = world.users.get_mut(1).unwrap();
    b.active = false;
    b.disabled_by = Some("c".to_owned());
    give(&mut world, "c", vec![held(1, "e", "head")]);
    assert_eq!(refused(&world, "b", &Change::Enable), "RANK_TOO_LOW");
    give(&mut world, "c", vec![held(1, "e", "worker")]);
    assert_eq!(refused(&world, "b", &Change::Enable), "ALLOWED");
    let after = apply(&world, &scheme(), "a", "b", &Change::Enable, NOW);
    let standing: Vec<Standing> =
        after.user("b").unwrap().assignments.iter().map(|one| one.standing).collect();
    assert_eq!(standing, vec![Standing::Live, Standing::Suspended, Standing::Suspended]);
}

#[test]
fn who_is_bound_to_a_caseload_hands_out_nothing_without_it() {
    let mut world = world();
    give(&mut world, "a", vec![Assignment { caseload_only: true, ..managing(1, "r2", "lead") }]);
    give(&mut world, "b", vec![held(1, "s2", "worker")]);
    assert_eq!(refused(&world, "b", &assign(held(2, "s1", "worker"))), "CASELOAD_RESTRICTED");
    let bound = Assignment { caseload_only: true, ..held(2, "s1", "worker") };
    assert_eq!(refused(&world, "b", &assign(bound.clone())), "ALLOWED");
    let exempt = Assignment { exempt: strings(&["t1"]), ..bound };
    assert_eq!(refused(&world, "b", &assign(exempt)), "CASELOAD_RESTRICTED");
}

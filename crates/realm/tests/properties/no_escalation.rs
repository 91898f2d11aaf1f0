//! No escalation, by search: in small realms, whatever sequence of commands the members of a set of users give, nobody
//! ends up more senior than the most senior *lowest* rank in that set (or than they were), and nobody sees or manages
//! what no member of the set could see or hand out at the start.
//!
//! The search is breadth first over `decide`, without operators and without time passing. Every reached state is
//! judged; states that differ only in numbers are visited once.

use bailiwick_realm::OptionsSpec;

use crate::realm::{Realm, all, assign, caseload, only, switched};
use crate::search::Search;

/// Two sites with a program each; a manager of one site who is a low hand at the other, and people below and above.
#[test]
fn eto() {
    let mut realm = Realm::new("eto", include_str!("../../../../schemes/eto.toml"));
    realm.unit("ent", "enterprise", &[]);
    for site in ["a", "b"] {
        realm.unit(&format!("site-{site}"), "site", &["ent"]);
        realm.unit(&format!("prog-{site}"), "program", &[&format!("site-{site}")]);
        realm.customer(&format!("c-{site}"), &format!("prog-{site}"));
    }
    realm.user("boss", "ent", vec![assign("ent", "enterprise-manager", all())]);
    realm.user("admin-a", "site-a", vec![assign("site-a", "site-manager", all())]);
    realm.user(
        "mixed",
        "site-b",
        vec![assign("site-b", "site-manager", all()), assign("site-a", "program-manager", only(&["prog-a"]))],
    );
    realm.user("worker", "site-b", vec![assign("site-b", "staff", only(&["prog-b"]))]);
    let mut search = Search::new(realm, &["admin-a", "mixed", "worker"]);
    search.offer(
        "site-a",
        &["site-manager", "department-head", "staff"],
        &[switched(all()), only(&["prog-a"])],
    );
    search.offer("site-a", &["site-manager"], &[all()]);
    search.offer("site-b", &["site-manager", "staff"], &[all(), only(&["prog-b"]), only(&[])]);
    search.run();
}

/// Gap, unranked roles and switches: who holds a special project manages its partners and nobody else's.
#[test]
fn illinois() {
    let mut realm = Realm::new("illinois", include_str!("../../../../schemes/illinois-worknet.toml"));
    realm.unit("il", "state", &[]);
    realm.unit("lwia", "lwia", &["il"]);
    realm.unit("org-1", "organization", &["lwia"]);
    realm.unit("org-2", "organization", &["lwia"]);
    realm.unit("project", "project-group", &["il"]);
    realm.unit("auth-1", "authorization-group", &["project", "org-1"]);
    realm.unit("auth-2", "authorization-group", &["project", "org-2"]);
    realm.customer("c-1", "auth-1");
    realm.customer("c-2", "auth-2");
    realm.user("super", "il", vec![assign("project", "super-administrator", switched(all()))]);
    realm.user(
        "admin-1",
        "org-1",
        vec![
            assign("org-1", "service-provider-program-administrator", switched(all())),
            assign("auth-1", "partner", switched(all())),
        ],
    );
    realm.user(
        "partner-2",
        "org-2",
        vec![assign("org-2", "public-viewer", all()), assign("auth-2", "partner", all())],
    );
    realm.user("clerk", "org-1", vec![assign("org-1", "public-viewer", all())]);
    let mut search = Search::new(realm, &["admin-1", "partner-2", "clerk"]);
    let administrator = "service-provider-program-administrator";
    for unit in ["auth-1", "auth-2"] {
        search.offer(unit, &["partner", administrator], &[all(), switched(all())]);
    }
    search.offer("org-1", &[administrator, "public-viewer"], &[all(), switched(all())]);
    search.offer("org-2", &[administrator, "public-viewer"], &[switched(all())]);
    search.offer("project", &["partner", administrator], &[switched(all())]);
    search.run();
}

/// Regions and teams: customers reach partners through teams alone.
#[test]
fn dei() {
    let mut realm = Realm::new("dei", include_str!("../../../../schemes/dei-teams.toml"));
    realm.unit("il", "state", &[]);
    realm.unit("r-1", "region", &["il"]);
    realm.unit("r-2", "region", &["il"]);
    realm.unit("t-1", "team", &["r-1"]);
    realm.unit("t-3", "team", &["r-1"]);
    realm.unit("t-2", "team", &["r-2"]);
    realm.customer("c-1", "r-1");
    realm.customer("c-2", "t-2");
    realm.user("planner-1", "r-1", vec![assign("r-1", "career-planner", all())]);
    realm.user("planner-2", "r-2", vec![assign("r-2", "career-planner", all())]);
    realm.user("partner-1", "r-1", vec![assign("r-1", "partner", all()), assign("t-1", "partner", all())]);
    realm.user("partner-3", "r-1", vec![assign("r-1", "partner", all())]);
    realm.user("helper-3", "r-1", vec![assign("t-3", "career-planner", all())]);
    realm.user("partner-2", "r-2", vec![assign("t-2", "partner", all())]);
    let mut search = Search::new(realm, &["planner-1", "partner-1", "helper-3", "partner-2"]);
    for unit in ["t-1", "t-2", "t-3", "r-1", "r-2"] {
        search.offer(unit, &["partner", "career-planner"], &[all()]);
    }
    search.run();
}

/// Units that move: nobody comes to cover what nobody of the set could have given them there, members and others alike.
#[test]
fn units_that_move() {
    let mut realm = Realm::new("engine", include_str!("../../../../tests/schemes/engine.toml"));
    realm.unit("land", "country", &[]);
    for region in ["east", "west", "far"] {
        realm.unit(region, "region", &["land"]);
        realm.unit(&format!("o-{region}"), "office", &[region]);
        realm.customer(&format!("c-{region}"), &format!("o-{region}"));
    }
    realm.user("mia", "land", vec![assign("land", "manager", all())]);
    realm.user(
        "sly",
        "land",
        vec![assign("land", "manager", all()), assign("west", "lead", switched(all()))],
    );
    realm.user("kay", "far", vec![assign("far", "keeper", all()), assign("far", "worker", all())]);
    realm.user("wes", "west", vec![assign("west", "worker", all())]);
    let mut search = Search::new(realm, &["mia", "sly", "kay"]);
    for office in ["o-east", "o-west", "o-far"] {
        for region in ["east", "west", "far"] {
            search.may_move(office, &[region]);
        }
        search.may_move(office, &["east", "far"]);
    }
    search.offer("west", &["worker", "helper"], &[all()]);
    search.run();
}

/// Customers who are placed, dismissed and taken off, and cases that are given and taken: by who is bound to their caseload,
/// who is so in one of two places, and who is not.
#[test]
fn customers_and_cases() {
    let mut realm = Realm::new("eto", include_str!("../../../../schemes/eto.toml"));
    realm.unit("ent", "enterprise", &[]);
    for site in ["a", "b", "c"] {
        realm.unit(&format!("site-{site}"), "site", &["ent"]);
        realm.unit(&format!("prog-{site}"), "program", &[&format!("site-{site}")]);
        realm.customer(&format!("c-{site}"), &format!("prog-{site}"));
    }
    realm.unit("prog-a2", "program", &["site-a"]);
    realm.customer("c-a2", "prog-a2");
    for unit in ["prog-a", "prog-b"] {
        realm.customer("c-both", unit);
    }
    let bound = |own: &[&str], others: &[&str]| caseload(Some(true), own, others);
    realm.user("bound", "site-a", vec![assign("site-a", "staff", bound(&["prog-a"], &[]))]);
    realm.user(
        "half",
        "site-a",
        vec![
            assign("site-a", "site-manager", bound(&["prog-a", "prog-a2"], &["prog-a"])),
            assign("site-b", "staff", all()),
        ],
    );
    let lead = OptionsSpec { scope: only(&["prog-a"]).scope, ..caseload(None, &[], &["prog-a"]) };
    realm.user("lead", "site-a", vec![assign("site-a", "staff", lead)]);
    realm.user("clerk", "site-b", vec![assign("site-b", "intake", all())]);
    realm.user("away", "site-c", vec![assign("site-c", "staff", all())]);
    let mut search = Search::new(realm, &["bound", "half", "lead", "clerk"]);
    for customer in ["c-a", "c-a2", "c-b", "c-c", "c-both"] {
        for unit in ["prog-a", "prog-a2", "prog-b", "prog-c"] {
            search.may_place(customer, unit);
        }
        search.may_assign_case("bound", customer, "prog-a");
        search.may_assign_case("half", customer, "prog-a");
    }
    search.may_assign_case("half", "c-b", "prog-b");
    search.may_assign_case("half", "c-a2", "prog-a2");
    search.run();
}

/// Customers on teams, and teams that are archived and restored: by who makes them up in one of two regions.
#[test]
fn customers_on_teams() {
    let mut realm = Realm::new("dei", include_str!("../../../../schemes/dei-teams.toml"));
    realm.unit("il", "state", &[]);
    for region in ["1", "2"] {
        realm.unit(&format!("r-{region}"), "region", &["il"]);
        realm.unit(&format!("t-{region}"), "team", &[&format!("r-{region}")]);
        realm.customer(&format!("c-{region}"), &format!("r-{region}"));
        realm.user(
            &format!("planner-{region}"),
            &format!("r-{region}"),
            vec![assign(&format!("r-{region}"), "career-planner", all())],
        );
        realm.user(
            &format!("partner-{region}"),
            &format!("r-{region}"),
            vec![assign(&format!("t-{region}"), "partner", all())],
        );
    }
    realm.customer("c-on-1", "t-1");
    realm.customer("c-both", "r-1");
    realm.customer("c-both", "r-2");
    let mut search = Search::new(realm, &["planner-1", "partner-1", "partner-2"]);
    for customer in ["c-1", "c-2", "c-on-1", "c-both"] {
        for unit in ["r-1", "t-1", "r-2", "t-2"] {
            search.may_place(customer, unit);
        }
    }
    for team in ["t-1", "t-2"] {
        search.may_archive(team);
        search.offer(team, &["partner"], &[all()]);
    }
    search.run();
}

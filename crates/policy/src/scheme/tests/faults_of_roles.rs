//! What is wrong with roles: standing, inclusion, capabilities, limits, and who hands them out.

use super::{accepted, refused};

const WORKER: &str = "rank = 10\n";
const HEAD_CAPS: &str = "[\"user.manage\", \"report.view\"]";
const WORKER_CAPS: &str = "[{ name = \"customer.view\", classes = \"all\" }]";

/// The worker lists these capabilities besides.
#[track_caller]
fn worker_lists(capability: &str, expected: &[&str]) {
    refused(&[(WORKER_CAPS, &format!("[{capability}]"))], expected);
}

#[test]
fn a_role_is_ranked_or_unranked() {
    refused(
        &[("unranked = true\n", "unranked = true\nrank = 5\n")],
        &["line 34, roles.helper.rank: a role has a `rank` or is `unranked`, not both"],
    );
    refused(&[(WORKER, "")], &["line 28, roles.worker.rank: must be there, unless the role is `unranked`"]);
    refused(
        &[("handed_out_by = [\"head\"]\n", "")],
        &["line 32, roles.helper.handed_out_by: must be there: an unranked role names who may hand it out"],
    );
    refused(
        &[(WORKER, "rank = 10\nhanded_out_by = [\"head\"]\n")],
        &[
            "line 30, roles.worker.handed_out_by: a ranked role is handed out by rank: only an unranked one has it",
        ],
    );
    refused(
        &[("handed_out_by = [\"head\"]", "handed_out_by = []")],
        &["line 34, roles.helper.handed_out_by: must name at least one role, or `operator`"],
    );
    refused(
        &[("handed_out_by = [\"head\"]", "handed_out_by = [\"head\", \"operator\"]")],
        &[
            "line 34, roles.helper.handed_out_by[2]: `operator` stands alone: operators may hand out every role",
        ],
    );
    accepted(&[("handed_out_by = [\"head\"]", "handed_out_by = [\"operator\"]")]);
}

#[test]
fn an_unranked_role_never_hands_itself_on() {
    refused(
        &[("handed_out_by = [\"head\"]", "handed_out_by = [\"head\", \"helper\"]")],
        &["line 34, roles.helper.handed_out_by: `helper` could hand itself on"],
    );
    let other = "[roles.other]\nunranked = true\nhanded_out_by = [\"helper\"]\n";
    refused(
        &[
            ("handed_out_by = [\"head\"]", "handed_out_by = [\"other\"]"),
            ("", other),
            ("roles = [\"worker\", \"helper\"]", "roles = [\"worker\", \"helper\", \"other\"]"),
        ],
        &[
            "line 34, roles.helper.handed_out_by: `helper` could hand itself on",
            "line 37, roles.other.handed_out_by: `other` could hand itself on",
        ],
    );
}

#[test]
fn inclusion_goes_round_in_no_circle() {
    refused(
        &[(WORKER, "rank = 10\nincludes = [\"worker\"]\n")],
        &["line 30, roles.worker.includes: `worker` includes itself"],
    );
    refused(
        &[
            (WORKER, "rank = 10\nincludes = [\"head\"]\n"),
            ("rank = 20\n", "rank = 20\nincludes = [\"worker\"]\n"),
        ],
        &["line 25, roles.head.includes: the roles `head`, `worker` include each other in a circle"],
    );
    refused(
        &[(WORKER, "rank = 10\nincludes = [\"chef\"]\n")],
        &["line 30, roles.worker.includes[1]: unknown role `chef`; allowed: `head`, `worker`, `helper`"],
    );
}

#[test]
fn a_role_is_held_somewhere() {
    refused(
        &[("", "[roles.ghost]\nrank = 1\n")],
        &["line 35, roles.ghost: no kind lists it under `roles`: it could be held nowhere"],
    );
}

#[test]
fn user_management_goes_with_user_manage() {
    refused(
        &[("user_management = \"always\"\n", "")],
        &[
            "line 23, roles.head.user_management: a role that lists `user.manage` says how user management comes \
           with it; allowed: `always`, `switch`",
        ],
    );
    for value in ["always", "switch"] {
        refused(
            &[(WORKER, &format!("rank = 10\nuser_management = \"{value}\"\n"))],
            &["line 30, roles.worker.user_management: only a role that lists `user.manage` itself has it; \
               inclusion never brings it"],
        );
    }
    refused(
        &[("\"always\"", "\"sometimes\"")],
        &[
            "line 25, roles.head.user_management: unknown value `sometimes`; allowed: `always`, `switch`, `never`",
        ],
    );
    worker_lists(
        "\"user.identity.edit\"",
        &["line 30, roles.worker.capabilities[1]: `user.identity.edit` counts only in a role that lists \
           `user.manage` too"],
    );
}

#[test]
fn some_capabilities_are_listed_by_nobody() {
    worker_lists(
        "\"user.view\", \"system.use\", \"report.edit\"",
        &[
            "line 30, roles.worker.capabilities[1]: no role lists `user.view`: who may manage somebody there may \
             see them",
            "line 30, roles.worker.capabilities[2]: no role lists `system.use`: name the systems under `systems`",
            "line 30, roles.worker.capabilities[3]: unknown capability `report.edit`; allowed: `user.view`, \
             `user.manage`, `user.identity.edit`, `clearance.set`, `unit.manage`, `customer.view`, \
             `customer.place`, `customer.transfer`, `customer.find`, `customer.enroll`, `request.submit`, \
             `request.approve`, `system.use`, `system.approve`, `report.view`, `team.manage`",
        ],
    );
}

#[test]
fn classes_are_named_for_customers_only() {
    worker_lists(
        "\"customer.view\"",
        &[
            "line 30, roles.worker.capabilities[1]: `customer.view` is about customers: its record classes must be \
           named; allowed: { name = \"customer.view\", classes = \"all\" }, or a list of classes",
        ],
    );
    worker_lists(
        "{ name = \"customer.view\" }",
        &[
            "line 30, roles.worker.capabilities[1].classes: `customer.view` is about customers: its record classes \
           must be named",
        ],
    );
    worker_lists(
        "{ name = \"report.view\", classes = \"all\" }",
        &[
            "line 30, roles.worker.capabilities[1].classes: `report.view` is not about customers and shows no \
           record classes",
        ],
    );
    worker_lists(
        "{ name = \"customer.view\", classes = \"most\" }",
        &[
            "line 30, roles.worker.capabilities[1].classes: unknown value `most`; allowed: `all`, or a list of \
           classes",
        ],
    );
    accepted(&[(WORKER_CAPS, "[{ name = \"customer.view\", classes = [] }]")]);
}

#[test]
fn reach_suits_the_resource() {
    worker_lists(
        "{ name = \"customer.view\", classes = \"all\", reach = \"enclosing region\" }",
        &[
            "line 30, roles.worker.capabilities[1].reach: `customer.view` is not about units: only those reach an \
           enclosing unit",
        ],
    );
    worker_lists(
        "{ name = \"report.view\", reach = \"own\" }",
        &[
            "line 30, roles.worker.capabilities[1].reach: `report.view` is not about customers: only those reach \
           the own record",
        ],
    );
    worker_lists(
        "{ name = \"report.view\", reach = \"above\" }",
        &["line 30, roles.worker.capabilities[1].reach: unknown value `above`; allowed: `below`, `own`, \
           `enclosing KIND`"],
    );
    worker_lists(
        "{ name = \"report.view\", reach = \"enclosing town\" }",
        &["line 30, roles.worker.capabilities[1].reach: unknown kind `town`; allowed: `region`, `team`"],
    );
    refused(
        &[(HEAD_CAPS, "[\"user.manage\", { name = \"report.view\", reach = \"enclosing team\" }]")],
        &["line 26, roles.head.capabilities[2].name: no `team` stands at or above where `head` is held"],
    );
}

#[test]
fn details_of_a_capability_are_sound() {
    worker_lists(
        "{ reach = \"below\" }",
        &["line 30, roles.worker.capabilities[1].name: must be there, or `names`"],
    );
    worker_lists(
        "{ name = \"report.view\", names = [\"report.view\"] }",
        &["line 30, roles.worker.capabilities[1].names: `name` or `names`, not both"],
    );
    worker_lists(
        "\"report.view\", { name = \"report.view\" }",
        &["line 30, roles.worker.capabilities[2].name: `report.view` is listed twice with the same reach"],
    );
    worker_lists(
        "{ name = \"report.view\", systems = [] }",
        &["line 30, roles.worker.capabilities[1].systems: `report.view` is not about systems"],
    );
    refused(
        &[(HEAD_CAPS, "[\"user.manage\", { name = \"report.view\", at = [\"team\"] }]")],
        &["line 26, roles.head.capabilities[2].name: `head` is never held at `team`"],
    );
}

#[test]
fn a_capability_is_there_in_so_many_ways() {
    let kinds: String =
        (0..33).map(|n| format!("[kinds.k{n}]\nparents = [\"team\"]\nroles = [\"worker\"]\n")).collect();
    let ways = |count: usize| -> String {
        (0..count).map(|n| format!("{{ name = \"report.view\", at = [\"k{n}\"] }}, ")).collect()
    };
    accepted(&[(WORKER_CAPS, &format!("[{}]", ways(32))), ("", &kinds)]);
    refused(
        &[(WORKER_CAPS, &format!("[{}]", ways(33))), ("", &kinds)],
        &["line 30, roles.worker.capabilities: `report.view` is there in more than 32 ways"],
    );
}

#[test]
fn inclusion_carries_capabilities_and_systems_and_no_management() {
    let scheme = accepted(&[
        ("parents = [\"region\"]\n", "parents = [\"region\"]\nassign_right = \"team.manage\"\n"),
        (
            HEAD_CAPS,
            "[\"user.manage\", \"user.identity.edit\", \"team.manage\", \"report.view\", \"clearance.set\"]",
        ),
        ("rank = 20\n", "rank = 20\nsystems = [\"sap\"]\nincludes = [\"worker\"]\n"),
        ("unranked = true\n", "unranked = true\nincludes = [\"head\"]\n"),
        ("", "[systems.sap]\n"),
    ]);
    let helper = scheme.role_named("helper").unwrap();
    let has = |name: &str| !scheme.abilities(helper, scheme.capability_named(name).unwrap()).is_empty();
    assert!(has("report.view") && has("customer.view") && has("clearance.set"));
    assert!(!has("user.manage") && !has("user.identity.edit") && !has("team.manage"));
    let role = scheme.role(helper).unwrap();
    assert!(role.systems.contains(scheme.system_named("sap").unwrap()));
    assert_eq!(role.rank, None);
}

#[test]
fn limits_of_a_role_can_be_met() {
    refused(
        &[(WORKER, "rank = 10\nmax_per_unit = 0\n")],
        &["line 30, roles.worker.max_per_unit: must be a whole number of at least 1, not 0; \
           allowed: 1 to 4294967295"],
    );
    refused(
        &[("unranked = true\n", "unranked = true\nbeside = []\n")],
        &["line 34, roles.helper.beside: must name at least one kind"],
    );
    refused(
        &[("rank = 20\n", "rank = 20\nbeside = [\"team\"]\nexclusive = true\n")],
        &["line 25, roles.head.beside: an exclusive role is never held beside another"],
    );
    refused(
        &[
            ("roles = [\"head\", \"worker\", \"helper\"]", "roles = [\"head\", \"worker\"]"),
            ("unranked = true\n", "unranked = true\nbeside = [\"region\"]\n"),
        ],
        &["line 34, roles.helper.beside[1]: no `region` stands at or below where `helper` is held"],
    );
    refused(
        &[(WORKER, "rank = 10\nuser_type = \"compulsory\"\n")],
        &["line 30, roles.worker.user_type: the scheme has no user types"],
    );
    refused(
        &[(WORKER, "rank = 10\nrequired_fields = [\"zip\", \"shoe\"]\n")],
        &[
            "line 30, roles.worker.required_fields[2]: unknown field `shoe`; allowed: `prefix`, `first_name`, \
           `middle_initial`, `last_name`, `suffix`, `email`, `birth_date`, `work_phone`, `cell_phone`, `pager`, \
           `zip`, `location`, `line_manager`, `provider_subject`",
        ],
    );
}

#[test]
fn every_role_can_be_handed_out() {
    // The highest rank may be the operators'; every other role needs somebody of the realm.
    refused(
        &[(HEAD_CAPS, "[\"report.view\"]"), ("user_management = \"always\"\n", "")],
        &[
            "line 17, kinds.region.roles[2]: nobody could ever hand out `worker` here: no role with a rank at \
             least 10 has `user.manage` at or above `region`",
            "line 17, kinds.region.roles[3]: nobody could ever hand out `helper` here: no ranked role has \
             `user.manage` at or above `region`",
            "line 21, kinds.team.roles[1]: nobody could ever hand out `worker` here: no role with a rank at least \
             10 has `user.manage` at or above `team`",
            "line 21, kinds.team.roles[2]: nobody could ever hand out `helper` here: no ranked role has \
             `user.manage` at or above `team`",
        ],
    );
    // A manager at a team reaches no region.
    refused(
        &[
            ("roles = [\"head\", \"worker\", \"helper\"]", "roles = [\"worker\"]"),
            ("roles = [\"worker\", \"helper\"]", "roles = [\"head\", \"worker\", \"helper\"]"),
        ],
        &[
            "line 17, kinds.region.roles[1]: nobody could ever hand out `worker` here: no role with a rank at least \
           10 has `user.manage` at or above `region`",
        ],
    );
    // The right counts only at some kinds.
    refused(
        &[
            ("parents = [\"region\"]\n", "parents = [\"region\"]\nassign_right = \"team.manage\"\n"),
            (WORKER_CAPS, "[{ name = \"team.manage\", at = [\"team\"] }]"),
            ("roles = [\"worker\", \"helper\"]", "roles = [\"worker\"]"),
            (
                "",
                "[kinds.group]\nparents = [\"region\"]\nassign_right = \"team.manage\"\nroles = [\"worker\"]\n",
            ),
        ],
        &[
            "line 39, kinds.group.roles[1]: nobody could ever hand out `worker` here: no role with a rank at least \
           10 has `team.manage` at or above `group`",
        ],
    );
    // Nobody who may hand the unranked role out can stand there.
    refused(
        &[
            ("roles = [\"worker\", \"helper\"]", "roles = [\"worker\", \"helper\", \"guide\"]"),
            ("", "[roles.guide]\nrank = 5\n"),
            ("handed_out_by = [\"head\"]", "handed_out_by = [\"guide\"]"),
        ],
        &[
            "line 17, kinds.region.roles[3]: nobody could ever hand out `helper` here: no role that may is held at \
           or above `region`",
        ],
    );
}

#[test]
fn a_gap_asks_for_somebody_higher() {
    let deputy = "[roles.deputy]\nrank = 20\n[management]\ngap = 1\n";
    let with =
        [("", deputy), ("roles = [\"worker\", \"helper\"]", "roles = [\"worker\", \"helper\", \"deputy\"]")];
    accepted(&with);
    refused(
        &[
            with[0],
            with[1],
            ("[roles.deputy]\nrank = 20", "[roles.deputy]\nrank = 15"),
            ("rank = 20", "rank = 15"),
            ("rank = 10", "rank = 25"),
        ],
        &[
            "line 17, kinds.region.roles[1]: nobody could ever hand out `head` here: no role with a rank above 15 \
             has `user.manage` at or above `region`",
            "line 21, kinds.team.roles[3]: nobody could ever hand out `deputy` here: no role with a rank above 15 \
             has `user.manage` at or above `team`",
        ],
    );
    refused(&[("", "[management]\ngap = 2\n")], &["line 36, management.gap: must be 0 or 1, not 2"]);
}

//! What is wrong with capabilities, systems, desks and reporting roles.

use super::{accepted, refused};

const RESOURCES: &str = "allowed: `unit`, `customer`, `user`, `system`";

#[test]
fn a_capability_says_what_it_is_about() {
    refused(
        &[("", "[capabilities.\"a.b\"]\n")],
        &[&format!("line 35, capabilities.\"a.b\".resource: must be there; {RESOURCES}")],
    );
    refused(
        &[("", "[capabilities.\"a.b\"]\nresource = \"case\"\n")],
        &[&format!("line 36, capabilities.\"a.b\".resource: unknown value `case`; {RESOURCES}")],
    );
    refused(
        &[("", "[capabilities.\"a.b\"]\nresource = \"unit\"\nneeds = \"any\"\n")],
        &["line 37, capabilities.\"a.b\".needs: only a capability about customers has it"],
    );
    refused(
        &[("", "[capabilities.\"a.b\"]\nresource = \"user\"\nunder_caseload = \"refused\"\n")],
        &["line 37, capabilities.\"a.b\".under_caseload: only a capability about units or customers has it"],
    );
}

#[test]
fn the_engines_capabilities_keep_their_meaning() {
    accepted(&[("", "[capabilities.\"customer.place\"]\ntitle = \"Enrol\"\nunder_caseload = \"refused\"\n")]);
    refused(
        &[("", "[capabilities.\"customer.view\"]\nresource = \"unit\"\nneeds = \"enrolled\"\n")],
        &[
            "line 36, capabilities.\"customer.view\".resource: is fixed for `customer.view`, which the engine \
             itself knows",
            "line 37, capabilities.\"customer.view\".needs: is fixed for `customer.view`, which the engine itself \
             knows",
        ],
    );
}

#[test]
fn a_role_may_use_the_systems_that_it_brings() {
    let system = ("", "[systems.verint]\nminimum_rank = 20\n");
    accepted(&[("rank = 20\n", "rank = 20\nsystems = [\"verint\"]\n"), system]);
    refused(
        &[system, ("rank = 10\n", "rank = 10\nsystems = [\"verint\"]\n")],
        &["line 30, roles.worker.systems[1]: `verint` is for rank 20 and above, `worker` has 10"],
    );
    refused(
        &[system, ("unranked = true\n", "unranked = true\nsystems = [\"verint\"]\n")],
        &["line 34, roles.helper.systems[1]: `verint` is for rank 20 and above, `helper` is unranked"],
    );
    refused(
        &[
            ("rank = 20\n", "rank = 20\nsystems = [\"verint\"]\n"),
            system,
            ("unranked = true\n", "unranked = true\nincludes = [\"head\"]\n"),
        ],
        &["line 35, roles.helper.includes: `verint` is for rank 20 and above, `helper` is unranked"],
    );
    refused(
        &[("", "[systems.verint]\nminimum_rank = 21\n")],
        &["line 36, systems.verint.minimum_rank: no role has so high a rank"],
    );
    refused(
        &[("rank = 10\n", "rank = 10\nsystems = [\"sap\"]\n")],
        &["line 30, roles.worker.systems[1]: unknown system `sap`; allowed: none"],
    );
}

#[test]
fn somebody_approves_and_fulfils() {
    let head = "[\"user.manage\", \"report.view\"]";
    refused(
        &[("", "[systems.tsiem]\nextra_approver = true\nfulfilled_by = \"desk\"\n")],
        &["line 37, systems.tsiem.fulfilled_by: unknown desk `desk`; allowed: none"],
    );
    refused(
        &[
            ("", "[systems.tsiem]\nextra_approver = true\n[systems.sap]\n"),
            (head, "[\"user.manage\", { name = \"system.approve\", systems = [\"sap\"] }]"),
        ],
        &[
            "line 36, systems.tsiem.extra_approver: nobody could approve: no role has `system.approve` for `tsiem`",
            "line 36, systems.tsiem.extra_approver: such a grant goes by request: the scheme needs `[requests]`",
        ],
    );
    refused(
        &[(
            "",
            "[systems.sap]\nfulfilled_by = \"it\"\n[desks.it]\nroles = [\"operator\"]\nwithin = \"3d\"\n",
        )],
        &["line 36, systems.sap.fulfilled_by: such a grant goes by request: the scheme needs `[requests]`"],
    );
    refused(
        &[("", "[systems.sap]\ngrant_right = \"unit.manage\"\n")],
        &[
            "line 36, systems.sap.grant_right: `unit.manage` cannot be this right; allowed: `user.manage`, or \
           another capability about users",
        ],
    );
}

#[test]
fn a_desk_has_people_and_a_time() {
    refused(
        &[("", "[desks.it]\n")],
        &["line 35, desks.it.roles: must be there", "line 35, desks.it.within: must be there"],
    );
    refused(
        &[("", "[desks.it]\nroles = []\nwithin = \"3d\"\n")],
        &["line 36, desks.it.roles: must name at least one role, or `operator`"],
    );
    for bad in ["3", "d", "", "3 d", "-3d", "0d", "3y", "3653d", "99999999999999999999d", "3é", "+3d"] {
        refused(
            &[("", &format!("[desks.it]\nroles = [\"operator\"]\nwithin = \"{bad}\"\n"))],
            &[&format!(
                "line 37, desks.it.within: `{bad}` is no length of time; allowed: `30m`, `12h`, `3d`, `2w`; from one \
                 minute to ten years"
            )],
        );
    }
}

#[test]
fn reporting_roles_decide_what_is_theirs() {
    let deciding = |scope: &str, decides: &str| {
        format!(
            "[capabilities.\"a.b\"]\nresource = \"customer\"\n[reporting_roles.wide]\nscope = \"{scope}\"\ndecides = [{decides}]\n"
        )
    };
    accepted(&[("", &deciding("team", "\"team.manage\""))]);
    refused(
        &[("", &deciding("all", "\"a.b\""))],
        &[
            "line 39, reporting_roles.wide.decides[1]: `a.b` is not about units: reporting roles decide only those",
        ],
    );
    refused(
        &[("", &deciding("all", "\"team.manage\", \"unit.manage\""))],
        &[
            "line 39, reporting_roles.wide.decides[2]: `unit.manage` is the engine's: reporting roles decide the \
           scheme's own capabilities",
        ],
    );
    refused(
        &[("", &deciding("all", "\"report.view\""))],
        &[
            "line 26, roles.head.capabilities[2]: `report.view` is decided by reporting roles: no role lists it",
        ],
    );
    refused(
        &[
            ("", &deciding("all", "\"team.manage\"")),
            ("[kinds.team]\n", "[kinds.team]\nunit_right = \"team.manage\"\n"),
        ],
        &[
            "line 40, reporting_roles.wide.decides[1]: `team.manage` is a right of some kind of unit: no reporting \
           role decides it",
        ],
    );
    refused(
        &[("", &deciding("town", ""))],
        &[
            "line 38, reporting_roles.wide.scope: unknown kind `town`; allowed: `region`, `team`",
            "line 39, reporting_roles.wide.decides: must name at least one capability",
        ],
    );
    refused(
        &[("", "[reporting_roles.wide]\n")],
        &[
            "line 35, reporting_roles.wide.decides: must be there",
            "line 35, reporting_roles.wide.scope: must be there",
        ],
    );
}

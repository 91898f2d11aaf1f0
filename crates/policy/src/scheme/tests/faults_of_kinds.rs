//! What is wrong with kinds of unit.

use super::{accepted, refused};

const TEAM: &str = "[kinds.team]\n";

#[test]
fn a_kind_has_parents_or_is_a_root() {
    refused(
        &[("root = true\n", "root = true\nparents = [\"team\"]\n")],
        &["line 17, kinds.region.parents: a root has no parents: leave out `root` or `parents`"],
    );
    refused(
        &[("parents = [\"region\"]\n", "")],
        &["line 19, kinds.team.parents: must be there, unless the kind is a `root`"],
    );
    refused(
        &[("parents = [\"region\"]", "parents = []")],
        &["line 20, kinds.team.parents: must name at least one kind"],
    );
    refused(
        &[("root = true\n", "root = true\nseveral_parents = true\n")],
        &["line 17, kinds.region.several_parents: a root has no parents"],
    );
    refused(
        &[("parents = [\"region\"]", "parents = [\"county\"]")],
        &["line 20, kinds.team.parents[1]: unknown kind `county`; allowed: `region`, `team`"],
    );
}

#[test]
fn every_kind_reaches_a_root() {
    refused(
        &[("", "[kinds.group]\nparents = [\"group\"]\n")],
        &["line 36, kinds.group.parents: no path leads from here up to a root"],
    );
    refused(
        &[("root = true", "parents = [\"team\"]")],
        &[
            "line 15, kinds: no kind is a `root`",
            "line 16, kinds.region.parents: the kinds `region`, `team` stand above each other in a circle; \
             allowed: a kind directly below itself",
        ],
    );
}

#[test]
fn a_kind_stands_below_itself_only_directly() {
    accepted(&[("", "[kinds.group]\nparents = [\"team\", \"group\"]\n")]);
    refused(
        &[
            ("parents = [\"region\"]", "parents = [\"region\", \"group\"]"),
            ("", "[kinds.group]\nparents = [\"team\"]\n"),
        ],
        &["line 20, kinds.team.parents: the kinds `team`, `group` stand above each other in a circle; \
           allowed: a kind directly below itself"],
    );
}

#[test]
fn limits_are_at_least_one() {
    refused(
        &[(TEAM, "[kinds.team]\ncapacity = 0\n")],
        &[
            "line 20, kinds.team.capacity: must be a whole number of at least 1, not 0; allowed: 1 to 4294967295",
        ],
    );
}

#[test]
fn a_minimum_can_be_met() {
    let minimum = |inner: &str| format!("[kinds.team]\nminimum = {{ {inner} }}\n");
    accepted(&[(TEAM, &minimum("role = \"worker\", count = 1"))]);
    refused(
        &[(TEAM, &minimum("role = \"head\", count = 1"))],
        &["line 20, kinds.team.minimum.role: `head` cannot be held at `team`"],
    );
    refused(
        &[(TEAM, &minimum("role = \"worker\", count = 0"))],
        &["line 20, kinds.team.minimum.count: must be a whole number of at least 1, not 0; \
           allowed: 1 to 4294967295"],
    );
    refused(&[(TEAM, &minimum("count = 1"))], &["line 20, kinds.team.minimum.role: must be there"]);
    refused(
        &[(TEAM, &minimum("role = \"worker\", count = 3")), ("rank = 10", "rank = 10\nmax_per_unit = 2")],
        &["line 20, kinds.team.minimum.count: at most 2 can hold `worker` at one unit"],
    );
    refused(
        &[(TEAM, "[kinds.team]\ncapacity = 1\nminimum = { role = \"worker\", count = 2 }\n")],
        &["line 21, kinds.team.minimum.count: at most 1 can hold `worker` at one unit"],
    );
}

#[test]
fn patterns_fit_the_whole_name() {
    let scheme =
        accepted(&[(TEAM, "[kinds.team]\nname_pattern = 'TL\\d{3}|X'\nplaceholders = [\"TL999\"]\n")]);
    let kind = scheme.kind(scheme.kind_named("team").unwrap()).unwrap();
    let pattern = kind.name_pattern.as_ref().unwrap();
    assert!(pattern.is_match("TL012") && pattern.is_match("X"));
    for bad in ["TL12", "TL0123", "aTL012", "TL012\n", "XX", ""] {
        assert!(!pattern.is_match(bad), "{bad:?}");
    }
    assert!(kind.is_placeholder("TL999") && !kind.is_placeholder("TL998"));
}

#[test]
fn a_bad_pattern_is_told() {
    for bad in [")(", "[a", "a{99999}"] {
        let found =
            super::faults(&super::base_with(&[(TEAM, &format!("[kinds.team]\nname_pattern = '{bad}'\n"))]));
        assert_eq!(found.len(), 1, "{found:#?}");
        let expected = format!("line 20, kinds.team.name_pattern: `{bad}` is no pattern: ");
        assert!(found.iter().all(|fault| fault.starts_with(&expected)), "{found:#?}");
    }
    let long = format!("[kinds.team]\nname_pattern = '{}'\n", "a".repeat(257));
    refused(&[(TEAM, &long)], &["line 20, kinds.team.name_pattern: must have at most 256 bytes"]);
}

#[test]
fn a_placeholder_fits_the_pattern() {
    refused(
        &[(TEAM, "[kinds.team]\nname_pattern = 'TL\\d{3}'\nplaceholders = [\"TL999\", \"NONE\"]\n")],
        &[
            "line 21, kinds.team.placeholders[2]: `NONE` does not fit the name pattern, so no such unit could be made",
        ],
    );
}

#[test]
fn rights_are_unit_capabilities() {
    accepted(&[
        (TEAM, "[kinds.team]\nassign_right = \"team.manage\"\n"),
        ("\"user.manage\", \"report", "\"user.manage\", \"team.manage\", \"report"),
    ]);
    for (key, right, usual) in [
        ("assign_right", "customer.view", "user.manage"),
        ("assign_right", "request.approve", "user.manage"),
        ("unit_right", "system.use", "unit.manage"),
        ("unit_right", "user.manage", "unit.manage"),
        ("place_right", "customer.find", "customer.place"),
    ] {
        refused(
            &[(TEAM, &format!("[kinds.team]\n{key} = \"{right}\"\n"))],
            &[&format!(
                "line 20, kinds.team.{key}: `{right}` cannot be this right; allowed: `{usual}`, or a unit \
                 capability of the scheme's own"
            )],
        );
    }
}

#[test]
fn what_is_implied_stands_directly_above() {
    accepted(&[(TEAM, "[kinds.team]\nimplied_at = [\"region\"]\n")]);
    refused(
        &[(TEAM, "[kinds.team]\nimplied_at = [\"team\"]\n")],
        &["line 20, kinds.team.implied_at[1]: `team` is no parent kind of `team`"],
    );
}

#[test]
fn a_root_is_never_selected() {
    refused(
        &[("root = true\n", "root = true\nselectable = true\n")],
        &["line 17, kinds.region.selectable: a root stands below nothing and is never selected"],
    );
}

#[test]
fn words_of_a_kind_are_known() {
    refused(
        &[(TEAM, "[kinds.team]\nplacement_reach = \"here\"\n")],
        &["line 20, kinds.team.placement_reach: unknown value `here`; allowed: `below`, `unit`"],
    );
    refused(
        &[("roles = [\"worker\", \"helper\"]", "roles = [\"worker\", \"helper\", \"guest\"]")],
        &["line 21, kinds.team.roles[3]: unknown role `guest`; allowed: `head`, `worker`, `helper`"],
    );
}

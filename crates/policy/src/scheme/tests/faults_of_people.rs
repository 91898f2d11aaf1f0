//! What is wrong with fields, value lists, external ids, matching and credentials.

use bailiwick_identity::Field;

use super::{accepted, refused};
use crate::scheme::UsernameRule;

const FIELDS: &str = "`prefix`, `first_name`, `middle_initial`, `last_name`, `suffix`, `email`, `birth_date`, \
                      `work_phone`, `cell_phone`, `pager`, `zip`, `location`, `line_manager`, `provider_subject`";

/// `[users]` with these keys has these faults; keys start at line 36.
#[track_caller]
fn users(keys: &str, expected: &[&str]) {
    refused(&[("", &format!("[users]\n{keys}\n"))], expected);
}

#[test]
fn lists_name_fields_that_exist() {
    for key in ["fields", "compulsory", "locked", "own"] {
        let allowed = format!("line 36, users.{key}[1]: unknown field `shoe`; allowed: {FIELDS}");
        let mut found = super::faults(&super::base_with(&[("", &format!("[users]\n{key} = [\"shoe\"]\n"))]));
        found.retain(|fault| !fault.contains("usernames are made from"));
        assert_eq!(found, [allowed]);
    }
}

#[test]
fn lists_name_fields_that_the_scheme_has() {
    let fields = "fields = [\"first_name\", \"last_name\"]";
    users(
        &format!("{fields}\ncompulsory = [\"zip\"]\nlocked = [\"pager\"]\nown = [\"location\"]"),
        &[
            "line 37, users.compulsory[1]: `zip` is no field of this scheme",
            "line 38, users.locked[1]: `pager` is no field of this scheme",
            "line 39, users.own[1]: `location` is no field of this scheme",
        ],
    );
    users(
        &format!("{fields}\nvalue_lists = {{ prefix = [\"Dr.\"] }}"),
        &["line 37, users.value_lists.prefix: `prefix` is no field of this scheme"],
    );
    users(
        &format!("{fields}\nusername = \"email\""),
        &["line 37, users.username: usernames are made from `email`, which is no field of this scheme"],
    );
    refused(
        &[("", &format!("[users]\n{fields}\n")), ("rank = 10\n", "rank = 10\nrequired_fields = [\"zip\"]\n")],
        &["line 30, roles.worker.required_fields[1]: `zip` is no field of this scheme"],
    );
}

#[test]
fn some_fields_are_never_ones_own() {
    let never = [
        "email",
        "first_name",
        "middle_initial",
        "last_name",
        "birth_date",
        "provider_subject",
        "home_unit",
        "clearance",
        "external_ids",
        "user_type",
        "reporting_role",
        "own_record",
    ];
    for field in never {
        users(
            &format!("own = [\"{field}\"]"),
            &[&format!("line 36, users.own[1]: `{field}` is never a person's own to change")],
        );
    }
    users(
        "own = [\"zip\"]\nlocked = [\"zip\"]",
        &["line 36, users.own[1]: `zip` is locked: it cannot be a person's own to change"],
    );
}

#[test]
fn value_lists_have_values() {
    users(
        "value_lists = { prefix = [], shoe = [\"42\"], middle_initial = [\"ABC\"] }",
        &[
            "line 36, users.value_lists.prefix: must have at least one value",
            &format!("line 36, users.value_lists.shoe: unknown key; allowed: {FIELDS}"),
            "line 36, users.value_lists.middle_initial[1]: `ABC` is no value that this field can have",
        ],
    );
}

#[test]
fn external_ids_are_declared() {
    users(
        "external_ids = [\"staff-number\"]\ncompulsory_external_ids = [\"iwds\"]\n[matching]\nexternal_ids = [\"x\"]",
        &[
            "line 37, users.compulsory_external_ids[1]: unknown external id `iwds`; allowed: `staff-number`",
            "line 39, matching.external_ids[1]: unknown external id `x`; allowed: `staff-number`",
        ],
    );
    users(
        "user_types = [\" K-12\"]",
        &["line 36, users.user_types[1]: ` K-12` is no label; allowed: 1 to 64 bytes of plain text"],
    );
}

#[test]
fn words_about_people_are_known() {
    users(
        "username = \"random\"",
        &["line 36, users.username: unknown value `random`; allowed: `initial_and_last_name`, `email`"],
    );
    refused(
        &[("", "[credentials]\npasswords = \"plain\"\nminimum_length = 7\nreset_valid = \"soon\"\n")],
        &[
            "line 36, credentials.passwords: unknown value `plain`; allowed: `elsewhere`, `kept`",
            "line 37, credentials.minimum_length: must be a whole number of at least 8, not 7; \
             allowed: 8 to 4294967295",
            "line 38, credentials.reset_valid: `soon` is no length of time; allowed: `30m`, `12h`, `3d`, `2w`; from \
             one minute to ten years",
        ],
    );
    refused(
        &[("[customers]\n", "[customers]\nother_placements = \"seen\"\n")],
        &["line 7, customers.other_placements: unknown value `seen`; allowed: `hidden`, `named`"],
    );
}

#[test]
fn what_a_scheme_leaves_out_has_its_default() {
    let scheme = accepted(&[]);
    let users = scheme.users();
    assert_eq!(users.username, UsernameRule::InitialAndLastName);
    assert!(users.absent.is_empty() && users.own.is_empty());
    assert_eq!(users.compulsory, [Field::FirstName, Field::LastName].into());
    assert!(users.locked.contains(&Field::Email) && users.locked.contains(&Field::BirthDate));
    assert_eq!(scheme.matching().per_hour, 60);
}

#[test]
fn a_second_factor_makes_its_fields_compulsory() {
    let credentials =
        |on: bool| format!("[credentials]\nsecond_factor = {on}\nsecond_factor_fields = [\"cell_phone\"]\n");
    let off = accepted(&[("", &credentials(false))]);
    assert!(!off.users().compulsory.contains(&Field::CellPhone));
    let on = accepted(&[("", &credentials(true))]);
    assert!(on.users().compulsory.contains(&Field::CellPhone));
}

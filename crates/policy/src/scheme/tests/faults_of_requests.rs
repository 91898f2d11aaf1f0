//! What is wrong with requests.

use std::time::Duration;

use super::{accepted, refused};
use crate::scheme::{ByRequest, ChangeKind, Fulfilment, RequestKind};

/// Roles with whom requests can be made and approved.
const PEOPLE: (&str, &str) = (
    "[\"user.manage\", \"report.view\"]",
    "[\"user.manage\", \"report.view\", \"request.submit\", \"request.approve\"]",
);

const REQUESTS: &str = "[requests]\nkinds = [\"set_up\", \"amend\"]\n";

/// `[requests]` with these further lines has these faults; they start at line 37.
#[track_caller]
fn requests(lines: &str, expected: &[&str]) {
    refused(&[PEOPLE, ("", &format!("{REQUESTS}{lines}\n"))], expected);
}

#[test]
fn somebody_asks_and_somebody_approves() {
    refused(
        &[("", REQUESTS)],
        &[
            "line 35, requests: nobody could approve: no ranked role has `request.approve`",
            "line 35, requests: nobody could ask: no ranked role has `request.submit`, and nobody asks for \
             themselves",
        ],
    );
    refused(&[PEOPLE, ("", "[requests]\n")], &["line 35, requests.kinds: must be there"]);
    refused(
        &[PEOPLE, ("", "[requests]\nkinds = []\n")],
        &["line 36, requests.kinds: must name at least one kind of request"],
    );
    refused(
        &[PEOPLE, ("", "[requests]\nkinds = [\"move\"]\n")],
        &[
            "line 36, requests.kinds[1]: unknown value `move`; allowed: `set_up`, `amend`, `remove`, `suspend`, \
           `reinstate`",
        ],
    );
}

#[test]
fn words_of_requests_are_known() {
    requests(
        "only_by_request = [\"everything\"]\nself_request = [\"remove\"]\ntime_allowed = \"0d\"\nfulfilled_by = \"it\"",
        &[
            "line 37, requests.only_by_request[1]: unknown value `everything`; allowed: `create`, `enable`, \
             `holdings`, `grants`",
            "line 38, requests.self_request[1]: is no kind of request of this scheme: name it under `kinds` too",
            "line 39, requests.time_allowed: `0d` is no length of time; allowed: `30m`, `12h`, `3d`, `2w`; from one \
             minute to ten years",
            "line 40, requests.fulfilled_by: unknown desk `it`; allowed: none",
        ],
    );
}

#[test]
fn positions_are_limited() {
    requests(
        "[requests.positions]\nkinds = [\"chair\"]\nwithout_clearance = 0",
        &[
            "line 37, requests.positions.additional: must be there",
            "line 38, requests.positions.kinds[1]: unknown kind `chair`; allowed: `region`, `team`",
            "line 39, requests.positions.without_clearance: must be a whole number of at least 1, not 0; \
             allowed: 1 to 4294967295",
        ],
    );
}

#[test]
fn rules_are_about_something_and_ask_something() {
    requests(
        "[requests.rules.a]",
        &[
            "line 37, requests.rules.a.approver: a rule asks something: `author`, `approver` or \
             `receiving_approver`",
            "line 37, requests.rules.a.change: must be there; allowed: `request`, `move`, `additional`, `role`",
        ],
    );
    requests(
        "[requests.rules.a]\nchange = \"move\"\nroles = [\"worker\"]\nauthor = \"head\"",
        &[
            "line 37, requests.rules.a.across: must be there for this sort of change",
            "line 39, requests.rules.a.roles: does not go with this sort of change",
        ],
    );
    requests(
        "[requests.rules.a]\nchange = \"request\"\nkinds = [\"remove\"]\nauthor = \"helper\"\napprover = \"boss\"",
        &[
            "line 39, requests.rules.a.kinds[1]: is no kind of request of this scheme",
            "line 40, requests.rules.a.author: `helper` is unranked: a least rank is named by a ranked role",
            "line 41, requests.rules.a.approver: unknown role `boss`; allowed: `head`, `worker`, `helper`",
        ],
    );
    refused(
        &[
            (
                "[{ name = \"customer.view\", classes = \"all\" }]",
                "[\"request.submit\", \"request.approve\"]",
            ),
            (
                "",
                &format!(
                    "{REQUESTS}[requests.rules.a]\nchange = \"move\"\nacross = \"team\"\nauthor = \"head\"\n"
                ),
            ),
        ],
        &["line 40, requests.rules.a.author: no role of rank 20 or above has `request.submit`"],
    );
}

#[test]
fn occasions_name_what_is_there() {
    requests(
        "[requests.fields.note]\nrules = [\"a\"]\nkinds = [\"remove\"]\nsystems = [\"sap\"]\n[requests.confirmations.ok]",
        &[
            "line 38, requests.fields.note.rules[1]: unknown rule `a`; allowed: none",
            "line 39, requests.fields.note.kinds[1]: is no kind of request of this scheme",
            "line 40, requests.fields.note.systems[1]: unknown system `sap`; allowed: none",
            "line 41, requests.confirmations.ok.title: must be there: the sentence that is confirmed",
        ],
    );
}

#[test]
fn what_is_optional_is_compulsory_nowhere() {
    requests(
        "[requests.fields.note]\noptional = true\nkinds = [\"set_up\"]\n\
         [requests.confirmations.ok]\ntitle = \"Yes\"\nfields = [\"aid\"]",
        &[
            "line 38, requests.fields.note.optional: what is optional is compulsory nowhere: name no occasion",
            "line 42, requests.confirmations.ok.fields[1]: unknown field `aid`; allowed: `note`",
        ],
    );
}

#[test]
fn requests_are_compiled() {
    let text = "[requests]\nkinds = [\"set_up\", \"amend\"]\nonly_by_request = [\"create\"]\ntime_allowed = \"2w\"\n\
                fulfilled_by = \"it\"\n[desks.it]\nroles = [\"worker\"]\nwithin = \"90m\"\n\
                [requests.rules.away]\nchange = \"move\"\nacross = \"team\"\napprover = \"head\"\n\
                [requests.fields.note]\nplaceholder = true\nrules = [\"away\"]\n\
                [requests.fields.aid]\noptional = true\n\
                [requests.confirmations.asked]\ntitle = \"It was asked for\"\nfields = [\"aid\"]\n";
    let scheme = accepted(&[PEOPLE, ("", text)]);
    let requests = scheme.requests().unwrap();
    assert_eq!(requests.kinds, [RequestKind::SetUp, RequestKind::Amend].into());
    assert!(scheme.by_request(ByRequest::Create) && !scheme.by_request(ByRequest::Holdings));
    assert_eq!(requests.fulfilment, Fulfilment::ByHand("it".to_owned()));
    assert_eq!(scheme.desk_named("it").unwrap().within, Duration::from_secs(5_400));
    assert_eq!(requests.rules[0].change, ChangeKind::Move(scheme.kind_named("team").unwrap()));
    assert_eq!(requests.rules[0].approver, scheme.rank(scheme.role_named("head").unwrap()));
    let note = requests.fields[0].compulsory.as_ref().unwrap();
    assert!(note.rules.contains(&0) && note.placeholder);
    assert_eq!(requests.fields[1].compulsory, None);
    assert_eq!(requests.confirmations[0].compulsory.fields, ["aid".to_owned()].into());
}

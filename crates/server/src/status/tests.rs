//! The table of faults and codes.

use bailiwick_policy::Reason;
use bailiwick_proto::parse::Paths;

use super::*;

fn code_and_reason(fault: Fault) -> (Code, String) {
    let status = Status::from(fault);
    let info = status.get_details_error_info().expect("every error says why");
    assert_eq!(info.domain, DOMAIN);
    (status.code(), info.reason)
}

#[test]
fn every_fault_has_its_code() {
    let expected = [
        (Fault::field("realm", "is wrong"), Code::InvalidArgument, "INVALID_REQUEST"),
        (Fault::UnknownCaller, Code::Unauthenticated, "UNKNOWN_CALLER"),
        (Fault::OthersActor, Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
        (Fault::NotPermitted("manage"), Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
        (Fault::RealmNotPermitted, Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
        (Fault::UnknownRealm, Code::NotFound, "UNKNOWN_REALM"),
        (Fault::RealmExists, Code::AlreadyExists, "ALREADY_EXISTS"),
        (Fault::UnknownKey, Code::NotFound, "UNKNOWN_KEY"),
        (Fault::RequestIdReused, Code::AlreadyExists, "REQUEST_ID_REUSED"),
        (Fault::HistoryChanged, Code::FailedPrecondition, "HISTORY_CHANGED"),
        (Fault::Unreachable("not yet"), Code::Unavailable, "NOT_REACHED"),
        (Fault::SchemeInvalid("toml", Vec::new()), Code::InvalidArgument, "SCHEME_INVALID"),
        (Fault::Overloaded, Code::ResourceExhausted, "OVERLOADED"),
        (Fault::DeadlineExceeded, Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        (Fault::Unavailable, Code::Unavailable, "DATABASE"),
        (Fault::OutcomeUnknown, Code::Unknown, "OUTCOME_UNKNOWN"),
        (Fault::Internal("broken"), Code::Internal, "INTERNAL"),
        (Fault::UnknownMethod, Code::Unimplemented, "UNKNOWN_METHOD"),
        (Fault::Unreadable, Code::InvalidArgument, "INVALID_REQUEST"),
        (Fault::TooLong, Code::OutOfRange, "MESSAGE_TOO_LONG"),
    ];
    for (fault, code, reason) in expected {
        let text = format!("{fault:?}");
        assert_eq!(code_and_reason(fault), (code, reason.to_owned()), "{text}");
        let known = v1::Reason::from_str_name(&format!("REASON_{reason}"));
        assert!(known.is_some(), "`{reason}` is not one of the API's reasons");
    }
}

#[test]
fn every_refusal_has_its_code() {
    let expected = [
        (Refused::Denied, Code::PermissionDenied),
        (Refused::Invalid, Code::InvalidArgument),
        (Refused::NotFound, Code::NotFound),
        (Refused::Exists, Code::AlreadyExists),
        (Refused::Precondition, Code::FailedPrecondition),
        (Refused::Conflict, Code::Aborted),
    ];
    for (refused, code) in expected {
        let fault = Fault::from(Refusal::new(refused, Reason::RankTooLow));
        assert_eq!(code_and_reason(fault), (code, "RANK_TOO_LOW".to_owned()));
    }
}

#[test]
fn a_refusal_names_the_change_and_the_field() {
    let refusal = Refusal::new(Refused::Invalid, Reason::UnknownName).at_change(2).at_field("role");
    let paths = Paths::Changes(vec!["create", "disable", "assign"]);
    let status = Status::from(Fault::from(refusal).within(&paths));
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.metadata.get("change").map(String::as_str), Some("2"));
    let fields: Vec<String> = status
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(fields, ["changes[2].assign.role"]);
}

#[test]
fn what_may_be_tried_again_says_when() {
    for fault in [Fault::Overloaded, Fault::Unavailable, Fault::Unreachable("not yet")] {
        let status = Status::from(fault);
        assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
    }
}

#[test]
fn the_log_is_told_the_code() {
    let refused = response(Fault::Overloaded);
    assert_eq!(code_name(&refused), "RESOURCE_EXHAUSTED");
    assert!(!is_server_fault(&refused));
    assert!(is_server_fault(&response(Fault::Internal("broken"))));
}

/// However much is wrong, the reply fits into the metadata that clients take, and says how much it leaves out.
#[test]
fn a_long_list_of_faults_is_cut_visibly() {
    let wrong = |n: usize| Violation { field: format!("items[{n}]"), description: "is wrong: ".repeat(20) };
    let fault = Fault::Invalid(Violations((0..1_000).map(wrong).collect()));
    let status = Status::from(fault);
    assert!(status.message().len() + status.details().len() < 8 * 1024);
    assert!(status.message().starts_with("1000 fields are wrong; the first is `items[0]`"));
    let told = status.get_details_bad_request().unwrap().field_violations;
    let last = told.last().unwrap();
    assert_eq!(last.description, format!("and {} more", 1_000 - (told.len() - 1)));

    let long = Refusal::precondition(Reason::SchemeStrandsUsers).because("role `é`, ".repeat(1_000));
    let status = Status::from(Fault::from(long));
    assert!(status.message().len() + status.details().len() < 8 * 1024);
}

//! The table of faults and codes.

use bailiwick_policy::Reason;

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
        (Fault::KeyRequired, Code::Unauthenticated, "UNKNOWN_CALLER"),
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
    ];
    for (fault, code, reason) in expected {
        let text = format!("{fault:?}");
        assert_eq!(code_and_reason(fault), (code, reason.to_owned()), "{text}");
    }
    assert_eq!(Status::from(Fault::UnknownMethod).code(), Code::Unimplemented);
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
    let refusal = Refusal::new(Refused::Invalid, Reason::UnknownName).at_change(2).at_field("assign.role");
    let status = Status::from(Fault::from(refusal));
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

//! Reasons, one for one.

use bailiwick_policy::Reason;

use crate::v1;

/// The reason as callers see it.
#[must_use]
pub fn reason(reason: Reason) -> v1::Reason {
    match reason {
        Reason::UnknownSubject => v1::Reason::UnknownSubject,
        Reason::UserDisabled => v1::Reason::UserDisabled,
        Reason::UnknownResource => v1::Reason::UnknownResource,
        Reason::NoAssignment => v1::Reason::NoAssignment,
        Reason::RoleLacksCapability => v1::Reason::RoleLacksCapability,
        Reason::OutOfScope => v1::Reason::OutOfScope,
        Reason::NotEffective => v1::Reason::NotEffective,
        Reason::CaseloadRestricted => v1::Reason::CaseloadRestricted,
        Reason::ClassHidden => v1::Reason::ClassHidden,
        Reason::NoReportingRole => v1::Reason::NoReportingRole,
        Reason::NoEntitlement => v1::Reason::NoEntitlement,
        Reason::UnknownUser => v1::Reason::UnknownUser,
        Reason::SelfManagement => v1::Reason::Self_,
        Reason::NoManagementRight => v1::Reason::NoManagementRight,
        Reason::OutOfReach => v1::Reason::OutOfReach,
        Reason::RankTooLow => v1::Reason::RankTooLow,
        Reason::RoleAboveOwn => v1::Reason::RoleAboveOwn,
        Reason::WouldLowerLowest => v1::Reason::WouldLowerLowest,
        Reason::RequestRequired => v1::Reason::RequestRequired,
        Reason::CustomerOutOfReach => v1::Reason::CustomerOutOfReach,
        Reason::CaseloadBound => v1::Reason::CaseloadBound,
        Reason::OperatorOnly => v1::Reason::OperatorOnly,
        Reason::RealmFrozen => v1::Reason::RealmFrozen,
        Reason::KindNotAllowed => v1::Reason::KindNotAllowed,
        Reason::NamePattern => v1::Reason::NamePattern,
        Reason::ParentNotAllowed => v1::Reason::ParentNotAllowed,
        Reason::UnitCycle => v1::Reason::UnitCycle,
        Reason::UnitClosed => v1::Reason::UnitClosed,
        Reason::CapacityFull => v1::Reason::CapacityFull,
        Reason::SingleRole => v1::Reason::SingleRole,
        Reason::MaximumReached => v1::Reason::MaximumReached,
        Reason::BelowMinimum => v1::Reason::BelowMinimum,
        Reason::AlreadyInGroup => v1::Reason::AlreadyInGroup,
        Reason::ExclusiveRole => v1::Reason::ExclusiveRole,
        Reason::PositionRequired => v1::Reason::PositionRequired,
        Reason::DefaultUnitNotCovered => v1::Reason::DefaultUnitNotCovered,
        Reason::ScopeRequired => v1::Reason::ScopeRequired,
        Reason::ScopeUnitNotAllowed => v1::Reason::ScopeUnitNotAllowed,
        Reason::CaseloadUnitNotCovered => v1::Reason::CaseloadUnitNotCovered,
        Reason::BadInterval => v1::Reason::BadInterval,
        Reason::NoteRequired => v1::Reason::NoteRequired,
        Reason::ReasonRequired => v1::Reason::ReasonRequired,
        Reason::FieldRequired => v1::Reason::FieldRequired,
        Reason::FieldLocked => v1::Reason::FieldLocked,
        Reason::FieldInvalid => v1::Reason::FieldInvalid,
        Reason::FieldTaken => v1::Reason::FieldTaken,
        Reason::NoManagementRole => v1::Reason::NoManagementRole,
        Reason::LastManager => v1::Reason::LastManager,
        Reason::NothingToChange => v1::Reason::NothingToChange,
        Reason::NotHeld => v1::Reason::NotHeld,
        Reason::AlreadyExists => v1::Reason::AlreadyExists,
        Reason::UnknownUnit => v1::Reason::UnknownUnit,
        Reason::UnknownCustomer => v1::Reason::UnknownCustomer,
        Reason::UnknownName => v1::Reason::UnknownName,
        Reason::NotEnrolled => v1::Reason::NotEnrolled,
        Reason::WorkerNotThere => v1::Reason::WorkerNotThere,
        Reason::UnitBelowMinimum => v1::Reason::UnitBelowMinimum,
        Reason::EtagMismatch => v1::Reason::EtagMismatch,
        Reason::SchemeStrandsUsers => v1::Reason::SchemeStrandsUsers,
        Reason::TooMany => v1::Reason::TooMany,
        Reason::ClearanceRequired => v1::Reason::ClearanceRequired,
        Reason::PositionLimit => v1::Reason::PositionLimit,
        Reason::NoRequests => v1::Reason::NoRequests,
        Reason::UnknownRequest => v1::Reason::UnknownRequest,
        Reason::UnknownReview => v1::Reason::UnknownReview,
        Reason::ReviewClosed => v1::Reason::ReviewClosed,
        Reason::ActorRequired => v1::Reason::ActorRequired,
        Reason::NotAuthor => v1::Reason::NotAuthor,
        Reason::RequestKind => v1::Reason::RequestKind,
        Reason::RequestStage => v1::Reason::RequestStage,
        Reason::NoApprover => v1::Reason::NoApprover,
        Reason::ConfirmationRequired => v1::Reason::ConfirmationRequired,
        Reason::NotDue => v1::Reason::NotDue,
        Reason::CredentialsElsewhere => v1::Reason::CredentialsElsewhere,
        Reason::SecretsNotShown => v1::Reason::SecretsNotShown,
        Reason::NoAddress => v1::Reason::NoAddress,
        Reason::AddressInDoubt => v1::Reason::AddressInDoubt,
        Reason::SecretNotGood => v1::Reason::SecretNotGood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_the_same_code_on_the_wire() {
        for &each in Reason::ALL {
            assert_eq!(reason(each).as_str_name(), format!("REASON_{}", each.code()));
        }
    }
}

//! Every reason code that an answer or a refusal can carry (design §5 and §6).

/// Why a question was answered so, or a change refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the code of the design that `as_code` spells")]
pub enum Reason {
    Allowed,
    InvalidArgument,
    UnknownSubject,
    UserDisabled,
    UnknownResource,
    NoAssignment,
    RoleLacksCapability,
    OutOfScope,
    NotEffective,
    CaseloadRestricted,
    ClassHidden,
    SelfReference,
    NoReportingRole,
    NoEntitlement,
    RankTooLow,
    UnknownUser,
    NoManagementRight,
    OutOfReach,
    RoleAboveOwn,
    WouldLowerLowest,
    RoleNotAssignable,
    UnitFull,
    SingleRole,
    RoleMaximum,
    BelowMinimum,
    ExclusiveRole,
    AlreadyInGroup,
    ScopeUnitNotAllowed,
    BadInterval,
    DefaultUnitNotCovered,
    CaseloadUnitNotCovered,
    NoManagementRole,
    LastManager,
    FailedPrecondition,
}

impl Reason {
    /// The code as callers see it. Where the design gives a limit no code (its rule 7), the name here is
    /// only this crate's own.
    #[must_use]
    pub fn as_code(&self) -> &'static str {
        match self {
            Self::Allowed => "ALLOWED",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::UnknownSubject => "UNKNOWN_SUBJECT",
            Self::UserDisabled => "USER_DISABLED",
            Self::UnknownResource => "UNKNOWN_RESOURCE",
            Self::NoAssignment => "NO_ASSIGNMENT",
            Self::RoleLacksCapability => "ROLE_LACKS_CAPABILITY",
            Self::OutOfScope => "OUT_OF_SCOPE",
            Self::NotEffective => "NOT_EFFECTIVE",
            Self::CaseloadRestricted => "CASELOAD_RESTRICTED",
            Self::ClassHidden => "CLASS_HIDDEN",
            Self::SelfReference => "SELF",
            Self::NoReportingRole => "NO_REPORTING_ROLE",
            Self::NoEntitlement => "NO_ENTITLEMENT",
            Self::RankTooLow => "RANK_TOO_LOW",
            Self::UnknownUser => "UNKNOWN_USER",
            Self::NoManagementRight => "NO_MANAGEMENT_RIGHT",
            Self::OutOfReach => "OUT_OF_REACH",
            Self::RoleAboveOwn => "ROLE_ABOVE_OWN",
            Self::WouldLowerLowest => "WOULD_LOWER_LOWEST",
            Self::RoleNotAssignable => "ROLE_NOT_ASSIGNABLE",
            Self::UnitFull => "UNIT_FULL",
            Self::SingleRole => "SINGLE_ROLE",
            Self::RoleMaximum => "ROLE_MAXIMUM",
            Self::BelowMinimum => "BELOW_MINIMUM",
            Self::ExclusiveRole => "EXCLUSIVE_ROLE",
            Self::AlreadyInGroup => "ALREADY_IN_GROUP",
            Self::ScopeUnitNotAllowed => "SCOPE_UNIT_NOT_ALLOWED",
            Self::BadInterval => "BAD_INTERVAL",
            Self::DefaultUnitNotCovered => "DEFAULT_UNIT_NOT_COVERED",
            Self::CaseloadUnitNotCovered => "CASELOAD_UNIT_NOT_COVERED",
            Self::NoManagementRole => "NO_MANAGEMENT_ROLE",
            Self::LastManager => "LAST_MANAGER",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
        }
    }
}

//! Reason codes: why a question is denied and why a change is refused.
//!
//! One enum for both, since the answers about users are the refusals of changes. How a reason becomes a gRPC status
//! is the server's.

macro_rules! reasons {
    ($(#[doc = $says:literal] $name:ident = $code:literal,)*) => {
        /// Why not. The order of the variants of one group is the order in which rules are tried.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $says] $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code that callers see.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What it means, in a sentence without its full stop.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                let sentence = match self {
                    $(Self::$name => $says,)*
                };
                sentence.trim().trim_end_matches('.')
            }
        }
    };
}

reasons! {
    // Answers about units, customers and systems.
    /// The subject is nobody.
    UnknownSubject = "UNKNOWN_SUBJECT",
    /// The subject, or the actor, is disabled.
    UserDisabled = "USER_DISABLED",
    /// The unit, customer or system asked about is not there.
    UnknownResource = "UNKNOWN_RESOURCE",
    /// The subject holds nothing.
    NoAssignment = "NO_ASSIGNMENT",
    /// No role held has the capability.
    RoleLacksCapability = "ROLE_LACKS_CAPABILITY",
    /// Nothing held with the capability covers the resource.
    OutOfScope = "OUT_OF_SCOPE",
    /// What would cover it is suspended, not started or without effect.
    NotEffective = "NOT_EFFECTIVE",
    /// What would allow it is restricted to the caseload.
    CaseloadRestricted = "CASELOAD_RESTRICTED",
    /// Allowed, but not every record class that was asked for.
    ClassHidden = "CLASS_HIDDEN",
    /// A reporting role decides this, and the subject has none that does.
    NoReportingRole = "NO_REPORTING_ROLE",
    /// Neither role nor grant brings the system.
    NoEntitlement = "NO_ENTITLEMENT",

    // May A manage B?
    /// The user is nobody, or beyond sight.
    UnknownUser = "UNKNOWN_USER",
    /// The other is oneself, or marked as the same person; a resource is one's own.
    SelfManagement = "SELF",
    /// No effective assignment carries the right that the change needs.
    NoManagementRight = "NO_MANAGEMENT_RIGHT",
    /// The other is seen, but not within reach of the right.
    OutOfReach = "OUT_OF_REACH",
    /// The actor's lowest rank is not high enough above the other's highest.
    RankTooLow = "RANK_TOO_LOW",
    /// A role is, or would be, held that the actor may not hand out.
    RoleAboveOwn = "ROLE_ABOVE_OWN",
    /// An added low role would lower the other's lowest rank, which needs reach over all that they hold.
    WouldLowerLowest = "WOULD_LOWER_LOWEST",
    /// The scheme lets this be changed by request only.
    RequestRequired = "REQUEST_REQUIRED",
    /// The customer is known, and not to the actor.
    CustomerOutOfReach = "CUSTOMER_OUT_OF_REACH",
    /// Whoever is bound by a caseload hands out nothing without that restriction.
    CaseloadBound = "CASELOAD_BOUND",
    /// Only an operator does this.
    OperatorOnly = "OPERATOR_ONLY",

    // Limits.
    /// The realm is frozen.
    RealmFrozen = "REALM_FROZEN",
    /// The role cannot be held at a unit of this kind.
    KindNotAllowed = "KIND_NOT_ALLOWED",
    /// The unit's name is not of its kind's form.
    NamePattern = "NAME_PATTERN",
    /// A unit's parents are not of the kinds, or the number, that its kind allows.
    ParentNotAllowed = "PARENT_NOT_ALLOWED",
    /// A unit would lie below itself.
    UnitCycle = "UNIT_CYCLE",
    /// The unit is archived or below an archived one.
    UnitClosed = "UNIT_CLOSED",
    /// The unit has no free place in the wanted interval.
    CapacityFull = "CAPACITY_FULL",
    /// The user holds another role at this unit in the wanted interval.
    SingleRole = "SINGLE_ROLE",
    /// As many users as may hold this role here hold it in the wanted interval.
    MaximumReached = "MAXIMUM_REACHED",
    /// Fewer holders than the unit needs would remain.
    BelowMinimum = "BELOW_MINIMUM",
    /// The user holds this role at this unit in the wanted interval already.
    AlreadyInGroup = "ALREADY_IN_GROUP",
    /// An exclusive role cannot be added beside others.
    ExclusiveRole = "EXCLUSIVE_ROLE",
    /// The role is held only beside a position in the same unit, and by nobody who holds outside it.
    PositionRequired = "POSITION_REQUIRED",
    /// The default unit is not covered by the assignment.
    DefaultUnitNotCovered = "DEFAULT_UNIT_NOT_COVERED",
    /// The kind has selectable units below, and the scope was left open.
    ScopeRequired = "SCOPE_REQUIRED",
    /// A chosen unit cannot be chosen, or does not lie strictly below the assignment's unit.
    ScopeUnitNotAllowed = "SCOPE_UNIT_NOT_ALLOWED",
    /// A unit of a caseload option is not covered by the assignment.
    CaseloadUnitNotCovered = "CASELOAD_UNIT_NOT_COVERED",
    /// An end is not after its start, or not in the future.
    BadInterval = "BAD_INTERVAL",
    /// An assignment at a placeholder needs a note.
    NoteRequired = "NOTE_REQUIRED",
    /// The change needs a reason.
    ReasonRequired = "REASON_REQUIRED",
    /// A compulsory field is missing.
    FieldRequired = "FIELD_REQUIRED",
    /// Only `user.identity.edit` changes this field once it is set.
    FieldLocked = "FIELD_LOCKED",
    /// The value is not of the field's form or list.
    FieldInvalid = "FIELD_INVALID",
    /// The value belongs to another user.
    FieldTaken = "FIELD_TAKEN",
    /// User management needs a ranked role that carries it.
    NoManagementRole = "NO_MANAGEMENT_ROLE",
    /// A root would lose its last manager.
    LastManager = "LAST_MANAGER",
    /// There is nothing that the change could change.
    NothingToChange = "NOTHING_TO_CHANGE",
    /// The assignment, grant or entry is not there, or has ended.
    NotHeld = "NOT_HELD",
    /// The id is taken.
    AlreadyExists = "ALREADY_EXISTS",
    /// The unit is not there, or beyond sight.
    UnknownUnit = "UNKNOWN_UNIT",
    /// The customer is not there, or beyond sight.
    UnknownCustomer = "UNKNOWN_CUSTOMER",
    /// The scheme has no such name.
    UnknownName = "UNKNOWN_NAME",
    /// The customer is not enrolled in that unit.
    NotEnrolled = "NOT_ENROLLED",
    /// The worker covers the unit with nothing that they hold.
    WorkerNotThere = "WORKER_NOT_THERE",
    /// The unit is below its minimum and takes no new customers.
    UnitBelowMinimum = "UNIT_BELOW_MINIMUM",
    /// The state has moved on since the caller read it.
    EtagMismatch = "ETAG_MISMATCH",
    /// The scheme would strand users: roles or kinds that are held would be gone.
    SchemeStrandsUsers = "SCHEME_STRANDS_USERS",
    /// A limit of the service: changes a command, units a realm, levels of units.
    TooMany = "TOO_MANY",
    /// So many positions at one time need a clearance.
    ClearanceRequired = "CLEARANCE_REQUIRED",
    /// Nobody holds so many positions at one time.
    PositionLimit = "POSITION_LIMIT",

    // Requests.
    /// The scheme has no requests of this kind.
    NoRequests = "NO_REQUESTS",
    /// The request is not there, or beyond sight.
    UnknownRequest = "UNKNOWN_REQUEST",
    /// The review is not there, or beyond sight.
    UnknownReview = "UNKNOWN_REVIEW",
    /// The review is over.
    ReviewClosed = "REVIEW_CLOSED",
    /// This is done on behalf of a user, and by no operator.
    ActorRequired = "ACTOR_REQUIRED",
    /// Only whoever completed a request does this to it.
    NotAuthor = "NOT_AUTHOR",
    /// What the person holds, or what is asked for, belongs to another kind of request.
    RequestKind = "REQUEST_KIND",
    /// The request has come further, or not so far, as what is done to it.
    RequestStage = "REQUEST_STAGE",
    /// Nobody may approve this.
    NoApprover = "NO_APPROVER",
    /// The scheme asks for a confirmation that was not given.
    ConfirmationRequired = "CONFIRMATION_REQUIRED",
    /// Nothing is due yet.
    NotDue = "NOT_DUE",

    // Credentials.
    /// The scheme keeps no passwords: an identity provider does.
    CredentialsElsewhere = "CREDENTIALS_ELSEWHERE",
    /// The scheme shows secrets to nobody but whose they are.
    SecretsNotShown = "SECRETS_NOT_SHOWN",
    /// There is no e-mail address to send a secret to.
    NoAddress = "NO_ADDRESS",
    /// Whoever gave the address on file could not be shown a secret of the user's, and an operator vouches for nobody's.
    AddressInDoubt = "ADDRESS_IN_DOUBT",
    /// The secret or the password is not the present one, was used up, or is over.
    SecretNotGood = "SECRET_NOT_GOOD",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

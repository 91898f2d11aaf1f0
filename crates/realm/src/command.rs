//! Commands: what callers ask to be changed, in names that have not been looked up yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Field, Instant, SealedSecret, UnitId, UserId};
use bailiwick_policy::scheme::Scheme;

pub use crate::assignment::{AssignmentSpec, OptionsSpec, Patch, ScopeSpec, Seat};
use crate::fingerprint::Fingerprint;
use crate::import::ImportUsers;
use crate::request::RequestCommand;
use crate::review::ReviewCommand;
use crate::secret::{IssueSecret, RedeemSecret};
use crate::state::{RealmStatus, Revision};

/// Secrets made before it is known whether they are needed, by whose each would be. Shared: whoever approves is tried with the same.
pub type Spares = Arc<BTreeMap<UserId, SealedSecret>>;

/// A change that a caller asks for.
#[derive(Debug, Clone)]
pub struct Command {
    /// On whose behalf.
    pub actor: Actor,
    /// The program that calls, as the server knows it.
    pub caller: String,
    /// Why: personal, kept apart.
    pub reason: Option<String>,
    /// An operator's word that a root may be left without its last manager.
    pub may_remove_last_manager: bool,
    /// What the caller read of the unit, or of the rules, that the command changes; refused where it is another by now.
    pub expects: Option<Fingerprint>,
    /// Secrets for activations that the rules may demand, by whose each would be; none where none can be mailed.
    pub spares: Spares,
    /// What.
    pub body: Body,
}

/// On whose behalf a command is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody's: an operator's own. Rules about managers are skipped, never the limits.
    Operator,
    /// A user's, whose rules bind.
    User(UserId),
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Body {
    /// Brings the realm into being, under a scheme.
    CreateRealm {
        /// For people who read.
        title: String,
        /// The rules.
        scheme: Arc<Scheme>,
    },
    /// Freezes or thaws the realm.
    SetStatus(RealmStatus),
    /// Replaces the rules; compiled after the present ones.
    PutScheme(Arc<Scheme>),
    /// Ordered changes of one user, all or none.
    ManageUser(ManageUser),
    /// Erases a user: what they hold is over, and nothing is known of them any more. Operators alone.
    EraseUser(UserId),
    /// Issues a secret with which a user sets a password, or a password for once.
    IssueSecret(IssueSecret),
    /// Sets a user's password, on proof.
    RedeemSecret(RedeemSecret),
    /// Makes a unit.
    CreateUnit(NewUnit),
    /// Changes what a unit is called.
    UpdateUnit {
        /// Which.
        unit: UnitId,
        /// The new name, where it changes.
        name: Option<String>,
        /// The new description, where it changes.
        description: Option<String>,
    },
    /// Gives a unit other parents.
    MoveUnit {
        /// Which.
        unit: UnitId,
        /// All its parents from now on.
        parents: Vec<UnitId>,
    },
    /// Archives a unit.
    ArchiveUnit(UnitId),
    /// Takes a unit back out of the archive.
    RestoreUnit(UnitId),
    /// Places a customer as enrolled, new or known.
    PlaceCustomer {
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
    },
    /// Dismisses a customer: the placement stays, no longer enrolled.
    DismissCustomer {
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
    },
    /// Removes a placement.
    RemovePlacement {
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
    },
    /// Adds entries to a worker's caseload and takes others off it.
    UpdateCaseload {
        /// The worker.
        user: UserId,
        /// In order.
        changes: Vec<CaseloadChange>,
    },
    /// Many items at once; operators alone.
    Load(Vec<LoadItem>),
    /// A part of a list of people; each row stands or falls alone.
    ImportUsers(ImportUsers),
    /// What is done to changes that wait for their approvers.
    Request(Box<RequestCommand>),
    /// What is done to a review of what is held.
    Review(Box<ReviewCommand>),
}

/// Ordered changes of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManageUser {
    /// Who.
    pub user: UserId,
    /// The user's etag as the caller read it; the command is refused where it has moved on.
    pub etag: Option<Revision>,
    /// Proof that a person out of sight was found before.
    pub handles: Vec<Handle>,
    /// In order; at most 1,000.
    pub changes: Vec<UserChange>,
}

/// Proof that an actor found a person out of their sight by what they know of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    /// Which: 16 random bytes.
    pub id: [u8; 16],
    /// Given to this caller.
    pub caller: String,
    /// For this actor.
    pub actor: UserId,
    /// About this user.
    pub user: UserId,
    /// Good before this instant.
    pub expires_at: Instant,
}

/// One change of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// Creates the user.
    Create(NewUser),
    /// Changes the profile.
    UpdateProfile(Vec<FieldChange>),
    /// Adds an assignment.
    Assign(AssignmentSpec),
    /// Changes an assignment's role or options; what is not named stays.
    Amend {
        /// Which.
        number: u32,
        /// A new role.
        role: Option<String>,
        /// New options.
        options: OptionsSpec,
    },
    /// Ends an assignment, at an instant in the future or at once.
    End {
        /// Which.
        number: u32,
        /// When; unset: now.
        at: Option<Instant>,
    },
    /// Removes an assignment, as if it had been a mistake.
    Remove {
        /// Which.
        number: u32,
    },
    /// Suspends an assignment.
    Suspend {
        /// Which.
        number: u32,
        /// From when; unset: now.
        from: Option<Instant>,
        /// Until when; unset: until somebody reinstates it.
        until: Option<Instant>,
    },
    /// Reinstates a suspended assignment.
    Reinstate {
        /// Which.
        number: u32,
    },
    /// Suspends every held assignment at or below a unit that the actor covers: *disable at a site*.
    SuspendAt {
        /// Where.
        unit: UnitId,
    },
    /// Disables the user.
    Disable,
    /// Enables the user.
    Enable,
    /// Changes the home unit.
    SetHome(UnitId),
    /// Sets or clears the reporting role.
    SetReportingRole(Option<String>),
    /// Links the user to the customer record that is their own, or unlinks.
    SetOwnRecord(Option<CustomerId>),
    /// Marks the user as the same person as another, or as nobody else.
    SetSamePerson(Option<UserId>),
    /// Sets or takes the clearance for more than two positions.
    SetClearance(bool),
    /// Grants a system.
    Grant(GrantSpec),
    /// Changes a grant's instants.
    AmendGrant(GrantSpec),
    /// Suspends a grant.
    SuspendGrant {
        /// Which system.
        system: String,
        /// From when; unset: now.
        from: Option<Instant>,
        /// Until when; unset: until somebody reinstates it.
        until: Option<Instant>,
    },
    /// Reinstates a suspended grant.
    ReinstateGrant {
        /// Which system.
        system: String,
    },
    /// Ends a grant, at an instant in the future or at once.
    EndGrant {
        /// Which system.
        system: String,
        /// When; unset: now.
        at: Option<Instant>,
    },
}

/// A user to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Where the person belongs.
    pub home: UnitId,
    /// The username, where the caller is an operator who brings one along; otherwise made by the scheme's rule.
    pub username: Option<String>,
    /// The profile's fields.
    pub fields: BTreeMap<Field, String>,
    /// External ids by name.
    pub external_ids: BTreeMap<String, String>,
}

/// One change of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChange {
    /// Sets a field, or clears it.
    Field(Field, Option<String>),
    /// Sets an external id, or clears it.
    ExternalId(String, Option<String>),
}

/// A grant of a system, in names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSpec {
    /// Which system.
    pub system: String,
    /// From when.
    pub starts_at: Option<Instant>,
    /// Until when.
    pub ends_at: Option<Instant>,
    /// Why: personal.
    pub reason: Option<String>,
}

/// A unit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUnit {
    /// Its id.
    pub id: UnitId,
    /// Its kind, for ever.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// A description; may be empty.
    pub description: String,
    /// Its parents; none for a root.
    pub parents: Vec<UnitId>,
}

/// One change of a caseload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseloadChange {
    /// The worker takes the case.
    Add {
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
    },
    /// The worker gives the case up.
    Remove {
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
    },
}

/// One item of a world that is loaded.
#[derive(Debug, Clone)]
pub enum LoadItem {
    /// A unit; archived ones are archived after.
    Unit {
        /// The unit.
        unit: NewUnit,
        /// Archived from the start.
        archived: bool,
    },
    /// Changes of a user, the first of which may create it.
    User(ManageUser),
    /// A customer's placement.
    Placement {
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
        /// Dismissed from the start.
        dismissed: bool,
    },
    /// A case.
    Case {
        /// The worker.
        user: UserId,
        /// Who.
        customer: CustomerId,
        /// Where.
        unit: UnitId,
    },
}

impl Body {
    /// Those to whom the rules may have it mail an activation: whom it changes, where they are not a list's.
    pub fn may_activate(&self) -> impl Iterator<Item = &UserId> {
        let changed = if let Self::ManageUser(manage) = self { Some(&manage.user) } else { None };
        let asked_for = if let Self::Request(command) = self { Some(command.may_change()) } else { None };
        changed.into_iter().chain(asked_for.into_iter().flatten())
    }
}

//! The rules a realm runs under (design §3), as far as access depends on them.

/// A whole scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Unit kinds; those without parents are kinds of roots.
    pub kinds: Vec<Kind>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Capabilities. `user.view` and `system.use` are built in and never listed.
    pub capabilities: Vec<Capability>,
    /// Record classes.
    pub classes: Vec<String>,
    /// Systems.
    pub systems: Vec<System>,
    /// Reporting roles.
    pub reporting_roles: Vec<ReportingRole>,
    /// 0, or 1 for "at least one grade higher".
    pub gap: u32,
    /// Profile fields that a user may change on itself.
    pub own_fields: Vec<String>,
}

/// A kind of unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Kinds that its parents may be; none for a root.
    pub parents: Vec<String>,
    /// Whether a unit may have several parents.
    pub several_parents: bool,
    /// For which assignments a placement there counts.
    pub placement_reach: PlacementReach,
    /// Whether dismissed placements stay visible.
    pub dismissed_visible: bool,
    /// Whether such units can be named in an `only` scope.
    pub selectable: bool,
    /// Names of placeholder units.
    pub placeholders: Vec<String>,
    /// The capability that lets someone assign there.
    pub assign_right: String,
    /// The capability that lets someone make, archive and restore such units, at their parents.
    pub unit_right: String,
    /// The capability that lets someone place customers there.
    pub place_right: String,
    /// Roles assignable there.
    pub roles: Vec<String>,
    /// How many assignments a unit may have at one time.
    pub capacity: Option<u32>,
    /// Whether one user may hold only one role in a unit.
    pub single_role: bool,
    /// What a unit needs at least.
    pub minimum: Option<Minimum>,
}

/// For which assignments a placement counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacementReach {
    /// For assignments at the unit and above it.
    Below,
    /// For assignments at the unit itself only.
    Unit,
}

/// A unit needs this many holders of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimum {
    /// The role.
    pub role: String,
    /// How many.
    pub count: usize,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its rank; none for an unranked role.
    pub rank: Option<u32>,
    /// The capabilities it lists itself.
    pub capabilities: Vec<RoleCapability>,
    /// Roles it includes.
    pub includes: Vec<String>,
    /// Whether user management comes with it.
    pub user_management: HandOut,
    /// Roles whose holders may hand it out, where it is unranked; none: operators only.
    pub handed_out_by: Vec<String>,
    /// How many assignments with it a unit may have at one time.
    pub max_per_unit: Option<u32>,
    /// Never beside another role.
    pub exclusive: bool,
    /// Systems that come with it.
    pub systems: Vec<String>,
}

/// A capability as a role lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleCapability {
    /// The capability's name.
    pub capability: String,
    /// How far it goes.
    pub reach: Reach,
    /// Only where the assignment's unit is of one of these kinds.
    pub at_kinds: Option<Vec<String>>,
    /// Record classes, for a customer capability.
    pub classes: Vec<String>,
}

/// How far a capability of a role goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The unit and everything under it.
    Below,
    /// The nearest enclosing units of a kind.
    Enclosing(String),
    /// The user's own record.
    Own,
}

/// Whether a role brings user management.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOut {
    /// Every assignment with the role has it.
    Always,
    /// The assignment's own switch decides.
    Switch,
    /// No assignment with the role has it.
    Never,
}

/// A capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Its name, `something.verb`; what stands before the dot need not be the resource type.
    pub name: String,
    /// What it is about.
    pub resource: ResourceType,
    /// Refused where a caseload restriction binds.
    pub refused_under_caseload: bool,
    /// For customers: any placement counts, dismissed ones too; otherwise it must be enrolled.
    pub any_placement: bool,
}

/// What a capability is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceType {
    /// A unit.
    Unit,
    /// A customer's record.
    Customer,
    /// A user.
    User,
    /// A system.
    System,
}

/// An application or facility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Its name.
    pub name: String,
    /// The least rank that may use it.
    pub minimum_rank: Option<u32>,
}

/// A reporting role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportingRole {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub scope: ReportingScope,
    /// The unit capabilities it decides.
    pub decides: Vec<String>,
}

/// What a reporting role shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportingScope {
    /// Every unit.
    All,
    /// Units at or below a unit of this kind where the user holds something.
    Kind(String),
}

impl Scheme {
    /// The kind of that name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// The capability of that name.
    #[must_use]
    pub fn capability(&self, name: &str) -> Option<&Capability> {
        self.capabilities.iter().find(|capability| capability.name == name)
    }

    /// The system of that name.
    #[must_use]
    pub fn system(&self, name: &str) -> Option<&System> {
        self.systems.iter().find(|system| system.name == name)
    }

    /// The reporting role of that name.
    #[must_use]
    pub fn reporting_role(&self, name: &str) -> Option<&ReportingRole> {
        self.reporting_roles.iter().find(|role| role.name == name)
    }

    /// The rank of the role of that name; none where it is unranked or unknown.
    #[must_use]
    pub fn rank(&self, role: &str) -> Option<u32> {
        self.role(role).and_then(|role| role.rank)
    }
}

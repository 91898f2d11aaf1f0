//! The changes of a user, as they are typed.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_proto::v1;
use bailiwick_proto::v1::user_change::Change as Of;
use clap::{Args, Subcommand};
use prost_types::Timestamp;

use super::options::OptionArgs;
use super::profile::{Fields, fields_of};
use crate::exit::Failure;
use crate::name;
use crate::output::read_json;

/// One change of a user; `apply`: several.
#[derive(Debug, Subcommand)]
pub(super) enum Change {
    /// Creates the user.
    Create(Create),
    /// Changes who the user is: names, addresses, numbers.
    Profile(Fields),
    /// Gives a role in a unit.
    Assign(Assign),
    /// Changes the role or the options of an assignment.
    Amend(Amend),
    /// Ends an assignment, for good.
    End(End),
    /// Removes an assignment that should not have been.
    Remove(Held),
    /// Suspends an assignment.
    Suspend(Suspend),
    /// Makes a suspended assignment live again.
    Reinstate(Held),
    /// Disables the user at a unit: suspends everything there and below.
    SuspendAt(At),
    /// Disables the user as a whole.
    Disable,
    /// Enables a disabled user.
    Enable,
    /// Changes the home unit.
    Home(At),
    /// Sets the reporting role; without one: clears it.
    ReportingRole(Named),
    /// Links the customer's record that is the user's own; without one: unlinks.
    OwnRecord(OwnRecord),
    /// Marks another user as the same person; without one: this user is a person alone.
    SamePerson(SamePerson),
    /// Sets or clears the clearance.
    Clearance(Clearance),
    /// Grants a system.
    Grant(Grant),
    /// Changes a grant: what is not given is cleared.
    AmendGrant(Grant),
    /// Suspends a grant.
    SuspendGrant(SuspendGrant),
    /// Makes a suspended grant live again.
    ReinstateGrant(System),
    /// Ends a grant, for good.
    EndGrant(EndGrant),
    /// Makes the changes of a JSON file, all or none: `{"changes": [{"disable": {}}]}`, as in the API.
    Apply(Apply),
}

/// A user to be created.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// The home unit.
    #[arg(long, value_parser = name::unit)]
    home: String,
    /// The username, where an operator brings one along.
    #[arg(long, default_value = "", hide_default_value = true)]
    username: String,
    /// A field: `first_name=Joe`; several times.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = name::pair)]
    set: Vec<(String, String)>,
}

/// A role to be given.
#[derive(Debug, Args)]
pub(super) struct Assign {
    /// The unit: `north`.
    #[arg(value_parser = name::unit)]
    unit: String,
    /// The role: `staff`.
    role: String,
    /// Not at the unit itself: at the lowest position directly below it that is free.
    #[arg(long)]
    lowest_available: bool,
    #[command(flatten)]
    options: OptionArgs,
}

/// An assignment to be changed.
#[derive(Debug, Args)]
pub(super) struct Amend {
    /// The assignment: `3`.
    #[arg(value_parser = name::assignment)]
    assignment: String,
    /// The new role.
    #[arg(long)]
    role: Option<String>,
    /// Options to be cleared, by their names in the API: `ends_at`, `note`.
    #[arg(long, value_delimiter = ',')]
    clear: Vec<String>,
    #[command(flatten)]
    options: OptionArgs,
}

/// Which assignment.
#[derive(Debug, Args)]
pub(super) struct Held {
    /// The assignment: `3`.
    #[arg(value_parser = name::assignment)]
    assignment: String,
}

/// Which assignment, and when.
#[derive(Debug, Args)]
pub(super) struct End {
    /// The assignment: `3`.
    #[arg(value_parser = name::assignment)]
    assignment: String,
    /// When it is over; without: now.
    #[arg(long = "on", value_name = "INSTANT", value_parser = name::instant)]
    at: Option<Timestamp>,
}

/// Which assignment, from when, until when.
#[derive(Debug, Args)]
pub(super) struct Suspend {
    /// The assignment: `3`.
    #[arg(value_parser = name::assignment)]
    assignment: String,
    /// From when; without: at once.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    from: Option<Timestamp>,
    /// Until when; without: until someone reinstates it.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    until: Option<Timestamp>,
}

/// Where.
#[derive(Debug, Args)]
pub(super) struct At {
    /// The unit: `north`.
    #[arg(value_parser = name::unit)]
    unit: String,
}

/// A name of the scheme, or none.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The reporting role.
    name: Option<String>,
}

/// A customer, or none.
#[derive(Debug, Args)]
pub(super) struct OwnRecord {
    /// The customer: `p-1003`.
    #[arg(value_parser = name::customer)]
    customer: Option<String>,
}

/// Another user, or none.
#[derive(Debug, Args)]
pub(super) struct SamePerson {
    /// The other user: `wanda`.
    #[arg(value_parser = name::user)]
    other: Option<String>,
}

/// Whether there is a clearance.
#[derive(Debug, Args)]
pub(super) struct Clearance {
    /// `yes` or `no`.
    cleared: YesNo,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Which system, how long, what for.
#[derive(Debug, Args)]
pub(super) struct Grant {
    /// The system: `verint`.
    #[arg(value_parser = name::system)]
    system: String,
    /// The first instant; without: at once.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    from: Option<Timestamp>,
    /// The instant at which it is over; without: open.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    until: Option<Timestamp>,
    /// What it is for; compulsory where the scheme says so.
    #[arg(long = "for", default_value = "", hide_default_value = true, value_name = "REASON")]
    purpose: String,
}

/// Which system, from when, until when.
#[derive(Debug, Args)]
pub(super) struct SuspendGrant {
    /// The system: `verint`.
    #[arg(value_parser = name::system)]
    system: String,
    /// From when; without: at once.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    from: Option<Timestamp>,
    /// Until when; without: until someone reinstates it.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    until: Option<Timestamp>,
}

/// Which system.
#[derive(Debug, Args)]
pub(super) struct System {
    /// The system: `verint`.
    #[arg(value_parser = name::system)]
    system: String,
}

/// Which system, and when.
#[derive(Debug, Args)]
pub(super) struct EndGrant {
    /// The system: `verint`.
    #[arg(value_parser = name::system)]
    system: String,
    /// When it is over; without: now.
    #[arg(long = "on", value_name = "INSTANT", value_parser = name::instant)]
    at: Option<Timestamp>,
}

/// A file of changes.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// The JSON file.
    file: PathBuf,
}

impl Change {
    /// The changes of the API that are meant.
    pub(super) fn read(self) -> Result<Vec<v1::UserChange>, Failure> {
        let change = match self {
            Self::Apply(apply) => return changes_of(&apply.file),
            Self::Create(create) => Of::Create(v1::CreateUser {
                home_unit: create.home,
                profile: Some(fields_of(create.set)?.0),
                username: create.username,
            }),
            Self::Profile(fields) => Of::UpdateProfile(fields.read()?),
            Self::Assign(assign) => Of::Assign(assign.read()),
            Self::Amend(amend) => Of::AmendAssignment(amend.read()?),
            Self::End(end) => Of::EndAssignment(v1::EndAssignment { assignment: end.assignment, at: end.at }),
            Self::Remove(held) => Of::RemoveAssignment(v1::RemoveAssignment { assignment: held.assignment }),
            Self::Suspend(suspend) => Of::SuspendAssignment(v1::SuspendAssignment {
                assignment: suspend.assignment,
                starts_at: suspend.from,
                ends_at: suspend.until,
            }),
            Self::Reinstate(held) => {
                Of::ReinstateAssignment(v1::ReinstateAssignment { assignment: held.assignment })
            }
            Self::SuspendAt(at) => Of::SuspendAtUnit(v1::SuspendAtUnit { unit: at.unit }),
            Self::Disable => Of::Disable(v1::DisableUser {}),
            Self::Enable => Of::Enable(v1::EnableUser {}),
            Self::Home(at) => Of::SetHomeUnit(v1::SetHomeUnit { home_unit: at.unit }),
            Self::ReportingRole(named) => {
                Of::SetReportingRole(v1::SetReportingRole { reporting_role: named.name.unwrap_or_default() })
            }
            Self::OwnRecord(own) => {
                Of::SetOwnRecord(v1::SetOwnRecord { customer: own.customer.unwrap_or_default() })
            }
            Self::SamePerson(same) => {
                Of::SetSamePerson(v1::SetSamePerson { other: same.other.unwrap_or_default() })
            }
            Self::Clearance(clearance) => {
                Of::SetClearance(v1::SetClearance { cleared: clearance.cleared == YesNo::Yes })
            }
            Self::Grant(grant) => Of::GrantSystem(v1::GrantSystem {
                system: grant.system,
                starts_at: grant.from,
                ends_at: grant.until,
                reason: grant.purpose,
            }),
            Self::AmendGrant(grant) => Of::AmendGrant(v1::AmendGrant {
                system: grant.system,
                starts_at: grant.from,
                ends_at: grant.until,
                reason: grant.purpose,
            }),
            Self::SuspendGrant(grant) => Of::SuspendGrant(v1::SuspendGrant {
                system: grant.system,
                starts_at: grant.from,
                ends_at: grant.until,
            }),
            Self::ReinstateGrant(system) => Of::ReinstateGrant(v1::ReinstateGrant { system: system.system }),
            Self::EndGrant(grant) => Of::EndGrant(v1::EndGrant { system: grant.system, at: grant.at }),
        };
        Ok(vec![v1::UserChange { change: Some(change) }])
    }
}

impl Assign {
    fn read(self) -> v1::Assign {
        let Self { unit, role, lowest_available, options } = self;
        let (options, named) = options.read();
        v1::Assign { unit, role, options: (!named.is_empty()).then_some(options), lowest_available }
    }
}

impl Amend {
    fn read(self) -> Result<v1::AmendAssignment, Failure> {
        let (options, mut named) = self.options.read();
        if let Some(both) = self.clear.iter().find(|field| named.contains(field)) {
            return Err(Failure::Usage(format!("`{both}` cannot be set and cleared at once")));
        }
        named.extend(self.clear);
        if named.is_empty() && self.role.is_none() {
            return Err(Failure::Usage("nothing to amend: give a role or an option".to_owned()));
        }
        Ok(v1::AmendAssignment {
            assignment: self.assignment,
            role: self.role.unwrap_or_default(),
            options: (!named.is_empty()).then_some(options),
            fields: named,
        })
    }
}

fn changes_of(file: &Path) -> Result<Vec<v1::UserChange>, Failure> {
    let at = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| Failure::File(format!("{at} cannot be read: {error}")))?;
    let request: v1::ManageUserRequest = read_json("bailiwick.v1.ManageUserRequest", &text)
        .map_err(|fault| Failure::File(format!("{at}: {fault}")))?;
    let named = v1::ManageUserRequest { changes: Vec::new(), ..request.clone() };
    if named != v1::ManageUserRequest::default() {
        return Err(Failure::File(format!(
            "{at}: has more than `changes`; the rest is said on the command line"
        )));
    }
    Ok(request.changes)
}

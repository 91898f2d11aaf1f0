//! The options of an assignment, as they are typed.

use bailiwick_proto::v1;
use bailiwick_proto::v1::assignment_options::Scope;
use clap::Args;
use prost_types::Timestamp;

use crate::name;

/// How an assignment is limited or widened.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the assignment")]
pub(super) struct OptionArgs {
    /// The unit and everything below it.
    #[arg(long, group = "scope")]
    all: bool,
    /// Only these units below it.
    #[arg(long, group = "scope", value_name = "UNIT,…", value_delimiter = ',', value_parser = name::unit)]
    only: Vec<String>,
    /// Nothing yet: no unit is chosen.
    #[arg(long, group = "scope")]
    nothing: bool,
    /// The unit that is shown first.
    #[arg(long, value_name = "UNIT", value_parser = name::unit)]
    default_unit: Option<String>,
    /// A label, from the scheme's list.
    #[arg(long)]
    user_type: Option<String>,
    /// Whether the holder sees or manages users, where the role leaves that open.
    #[arg(long, value_enum)]
    user_management: Option<Management>,
    /// Restricts the holder to the own caseload, or no longer: `--caseload-only=false`.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    caseload_only: Option<bool>,
    /// The units where that does not bind.
    #[arg(long, value_name = "UNIT,…", value_delimiter = ',', value_parser = name::unit)]
    exempt: Vec<String>,
    /// The units where the holder may change the own caseload.
    #[arg(long, value_name = "UNIT,…", value_delimiter = ',', value_parser = name::unit)]
    own_caseload: Vec<String>,
    /// The units where the holder may change others' caseloads.
    #[arg(long, value_name = "UNIT,…", value_delimiter = ',', value_parser = name::unit)]
    others_caseload: Vec<String>,
    /// The first instant.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    from: Option<Timestamp>,
    /// The instant at which it is over.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    until: Option<Timestamp>,
    /// A note.
    #[arg(long)]
    note: Option<String>,
}

/// Whether an assignment lets its holder manage users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Management {
    /// Neither sees nor manages them.
    None,
    /// Sees them.
    View,
    /// Sees and manages them.
    Manage,
}

impl OptionArgs {
    /// The options, and the names of those that were typed.
    pub(super) fn read(self) -> (v1::AssignmentOptions, Vec<String>) {
        let scope = if self.all {
            Some(Scope::All(v1::AllUnits {}))
        } else if self.nothing || !self.only.is_empty() {
            Some(Scope::Only(v1::OnlyUnits { units: self.only }))
        } else {
            None
        };
        let typed = [
            ("scope", scope.is_some()),
            ("default_unit", self.default_unit.is_some()),
            ("user_type", self.user_type.is_some()),
            ("user_management", self.user_management.is_some()),
            ("caseload_only", self.caseload_only.is_some()),
            ("exempt_units", !self.exempt.is_empty()),
            ("own_caseload_units", !self.own_caseload.is_empty()),
            ("others_caseload_units", !self.others_caseload.is_empty()),
            ("starts_at", self.from.is_some()),
            ("ends_at", self.until.is_some()),
            ("note", self.note.is_some()),
        ];
        let options = v1::AssignmentOptions {
            scope,
            default_unit: self.default_unit.unwrap_or_default(),
            user_type: self.user_type.unwrap_or_default(),
            user_management: self.user_management.map(Management::value).unwrap_or_default().into(),
            caseload_only: self.caseload_only.unwrap_or_default(),
            exempt_units: self.exempt,
            own_caseload_units: self.own_caseload,
            others_caseload_units: self.others_caseload,
            starts_at: self.from,
            ends_at: self.until,
            note: self.note.unwrap_or_default(),
        };
        let typed = typed.into_iter().filter(|(_, typed)| *typed).map(|(name, _)| name.to_owned()).collect();
        (options, typed)
    }
}

impl Management {
    fn value(self) -> v1::UserManagement {
        match self {
            Self::None => v1::UserManagement::None,
            Self::View => v1::UserManagement::View,
            Self::Manage => v1::UserManagement::Manage,
        }
    }
}

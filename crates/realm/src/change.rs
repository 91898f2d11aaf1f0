//! What one change of a user is about.

use bailiwick_identity::UnitId;

use crate::assignment::OptionsSpec;
use crate::command::{Patch, UserChange};

/// What of somebody a change is about.
enum About<'c> {
    /// Who they are.
    Person,
    /// Where they come to be, or what they hold in a unit.
    Place(&'c UnitId),
    /// An assignment that they hold, by its number.
    Assignment(u32),
    /// What they may use of a system.
    System(&'c str),
}

impl UserChange {
    /// The assignment that is changed, by its number; none where one is added, or something else is changed.
    #[must_use]
    pub fn assignment(&self) -> Option<u32> {
        match self.about() {
            About::Assignment(number) => Some(number),
            About::Person | About::Place(_) | About::System(_) => None,
        }
    }

    /// The system to which a grant is made, changed or ended.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        match self.about() {
            About::System(system) => Some(system),
            About::Person | About::Place(_) | About::Assignment(_) => None,
        }
    }

    /// The unit where somebody comes to be by it, or what they hold is suspended.
    #[must_use]
    pub fn place(&self) -> Option<&UnitId> {
        match self.about() {
            About::Place(unit) => Some(unit),
            About::Person | About::Assignment(_) | About::System(_) => None,
        }
    }

    /// Whether the end of an assignment is set by it, now or for later; or its beginning, until which it is as good as ended.
    #[must_use]
    pub fn sets_end(&self) -> bool {
        let limits = |options: &OptionsSpec| {
            options.ends_at != Patch::Keep || matches!(options.starts_at, Patch::Set(_))
        };
        let amends = matches!(self, Self::Amend { options, .. } if limits(options));
        amends || matches!(self, Self::End { .. } | Self::Remove { .. })
    }

    fn about(&self) -> About<'_> {
        match self {
            Self::Amend { number, .. }
            | Self::End { number, .. }
            | Self::Remove { number }
            | Self::Suspend { number, .. }
            | Self::Reinstate { number } => About::Assignment(*number),
            Self::Grant(spec) | Self::AmendGrant(spec) => About::System(&spec.system),
            Self::SuspendGrant { system, .. }
            | Self::ReinstateGrant { system }
            | Self::EndGrant { system, .. } => About::System(system),
            Self::Create(new) => About::Place(&new.home),
            Self::Assign(spec) => About::Place(&spec.unit),
            Self::SuspendAt { unit } | Self::SetHome(unit) => About::Place(unit),
            Self::UpdateProfile(_)
            | Self::Disable
            | Self::Enable
            | Self::SetReportingRole(_)
            | Self::SetOwnRecord(_)
            | Self::SetSamePerson(_)
            | Self::SetClearance(_) => About::Person,
        }
    }
}

//! What one change of a user is about.

use crate::command::{Patch, UserChange};

impl UserChange {
    /// The assignment that is changed, by its number; none where one is added, or something else is changed.
    #[must_use]
    pub fn assignment(&self) -> Option<u32> {
        match self {
            Self::Amend { number, .. }
            | Self::End { number, .. }
            | Self::Remove { number }
            | Self::Suspend { number, .. }
            | Self::Reinstate { number } => Some(*number),
            Self::Create(_)
            | Self::UpdateProfile(_)
            | Self::Assign(_)
            | Self::SuspendAt { .. }
            | Self::Disable
            | Self::Enable
            | Self::SetHome(_)
            | Self::SetReportingRole(_)
            | Self::SetOwnRecord(_)
            | Self::SetSamePerson(_)
            | Self::SetClearance(_)
            | Self::Grant(_)
            | Self::AmendGrant(_)
            | Self::SuspendGrant { .. }
            | Self::ReinstateGrant { .. }
            | Self::EndGrant { .. } => None,
        }
    }

    /// The system to which a grant is made, changed or ended.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        match self {
            Self::Grant(spec) | Self::AmendGrant(spec) => Some(&spec.system),
            Self::SuspendGrant { system, .. }
            | Self::ReinstateGrant { system }
            | Self::EndGrant { system, .. } => Some(system),
            Self::Create(_)
            | Self::UpdateProfile(_)
            | Self::Assign(_)
            | Self::Amend { .. }
            | Self::End { .. }
            | Self::Remove { .. }
            | Self::Suspend { .. }
            | Self::Reinstate { .. }
            | Self::SuspendAt { .. }
            | Self::Disable
            | Self::Enable
            | Self::SetHome(_)
            | Self::SetReportingRole(_)
            | Self::SetOwnRecord(_)
            | Self::SetSamePerson(_)
            | Self::SetClearance(_) => None,
        }
    }

    /// Whether the end of an assignment is set by it, now or for later.
    #[must_use]
    pub fn sets_end(&self) -> bool {
        match self {
            Self::End { .. } | Self::Remove { .. } => true,
            Self::Amend { options, .. } => options.ends_at != Patch::Keep,
            Self::Create(_)
            | Self::UpdateProfile(_)
            | Self::Assign(_)
            | Self::Suspend { .. }
            | Self::Reinstate { .. }
            | Self::SuspendAt { .. }
            | Self::Disable
            | Self::Enable
            | Self::SetHome(_)
            | Self::SetReportingRole(_)
            | Self::SetOwnRecord(_)
            | Self::SetSamePerson(_)
            | Self::SetClearance(_)
            | Self::Grant(_)
            | Self::AmendGrant(_)
            | Self::SuspendGrant { .. }
            | Self::ReinstateGrant { .. }
            | Self::EndGrant { .. } => false,
        }
    }
}

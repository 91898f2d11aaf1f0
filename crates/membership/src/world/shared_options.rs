//! Options that many assignments have in common, kept once.

use std::sync::Arc;

use hashbrown::HashSet;

use crate::access::{AssignmentState, Options, Scope};

/// Options of which a world keeps one copy.
///
/// INVARIANT (bounded): only options that name no unit and no instant are kept here. What is left are labels and
/// switches: some thousand combinations at most, however many assignments come and go.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedOptions {
    known: Arc<HashSet<Arc<Options>>>,
}

impl SharedOptions {
    /// These options, shared where others may have them too.
    pub(super) fn share(&mut self, options: Options) -> Arc<Options> {
        if let Some(known) = self.known.get(&options) {
            return Arc::clone(known);
        }
        let common = is_common(&options);
        let options = Arc::new(options);
        // INVARIANT (bounded): nothing else is entered.
        if common {
            Arc::make_mut(&mut self.known).insert(Arc::clone(&options));
        }
        options
    }
}

fn is_common(options: &Options) -> bool {
    let Options {
        scope,
        default_unit,
        user_type: _,
        user_management: _,
        caseload,
        starts_at,
        ends_at,
        state,
    } = options;
    let open = match state {
        AssignmentState::Live => true,
        AssignmentState::Suspended(suspension) => suspension.from.is_none() && suspension.until.is_none(),
    };
    open && *scope == Scope::All
        && default_unit.is_none()
        && caseload.exempt.is_empty()
        && caseload.own.is_empty()
        && caseload.others.is_empty()
        && starts_at.is_none()
        && ends_at.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Suspension, SuspensionCause};
    use crate::ix::UnitIx;

    #[test]
    fn switches_are_shared_and_units_are_not() {
        let mut shared = SharedOptions::default();
        let state = AssignmentState::Suspended(Suspension::open(SuspensionCause::Manager));
        let suspended = Options { state, ..Options::default() };
        assert!(Arc::ptr_eq(&shared.share(suspended.clone()), &shared.share(suspended.clone())));
        let chosen = Options { scope: Scope::Only(vec![UnitIx(3)]), ..Options::default() };
        assert!(!Arc::ptr_eq(&shared.share(chosen.clone()), &shared.share(chosen.clone())));
        assert_eq!((shared.known.len(), &*shared.share(chosen.clone())), (1, &chosen));
    }
}

//! When what a request asks for begins and ends.

use std::time::Duration;

use bailiwick_identity::Instant;

use crate::command::{ManageUser, Patch, UserChange};
use crate::request::Content;

impl Content {
    /// When it takes effect: at the instant that was asked for, or at once where that has come.
    pub(super) fn effect_at(&self, now: Instant) -> Instant {
        self.wanted_at.map_or(now, |at| at.max(now))
    }

    /// The changes as they are given at `now`: what is added begins at the effect, if that is later, and lasts from then on; what
    /// is ended or suspended is so from then on. What was to end before ends now.
    pub(super) fn people_at(&self, now: Instant) -> Vec<ManageUser> {
        let effect_at = self.effect_at(now);
        let from = (effect_at > now).then_some(effect_at);
        let until = self.lasts.map(|lasts| after(effect_at, lasts));
        let mut people = self.people.clone();
        for change in people.iter_mut().flat_map(|person| &mut person.changes) {
            place(change, from, until);
            not_before(change, now);
        }
        people
    }
}

/// What was to end at an instant that has passed, since a desk or an approver was late, ends at once.
fn not_before(change: &mut UserChange, now: Instant) {
    if let UserChange::End { at: Some(at), .. } | UserChange::EndGrant { at: Some(at), .. } = change {
        *at = now.max(*at);
    }
}

fn place(change: &mut UserChange, effect: Option<Instant>, lasts_until: Option<Instant>) {
    let set = |patch: &mut Patch<Instant>, instant: Option<Instant>| {
        if let (Patch::Keep, Some(instant)) = (&patch, instant) {
            *patch = Patch::Set(instant);
        }
    };
    match change {
        UserChange::Assign(spec) => {
            set(&mut spec.options.starts_at, effect);
            set(&mut spec.options.ends_at, lasts_until);
        }
        UserChange::Grant(spec) => {
            spec.starts_at = spec.starts_at.or(effect);
            spec.ends_at = spec.ends_at.or(lasts_until);
        }
        UserChange::End { at, .. } | UserChange::EndGrant { at, .. } => *at = at.or(effect),
        UserChange::Suspend { from, until, .. } | UserChange::SuspendGrant { from, until, .. } => {
            *from = from.or(effect);
            *until = until.or(lasts_until);
        }
        UserChange::Create(_)
        | UserChange::UpdateProfile(_)
        | UserChange::Amend { .. }
        | UserChange::Remove { .. }
        | UserChange::Reinstate { .. }
        | UserChange::SuspendAt { .. }
        | UserChange::Disable
        | UserChange::Enable
        | UserChange::SetHome(_)
        | UserChange::SetReportingRole(_)
        | UserChange::SetOwnRecord(_)
        | UserChange::SetSamePerson(_)
        | UserChange::SetClearance(_)
        | UserChange::AmendGrant(_)
        | UserChange::ReinstateGrant { .. } => {}
    }
}

/// An instant so much later; the last there is, where it would be later than that.
pub(super) fn after(instant: Instant, by: Duration) -> Instant {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Instant::from_micros(instant.as_micros().saturating_add(by)).unwrap_or(Instant::MAX)
}

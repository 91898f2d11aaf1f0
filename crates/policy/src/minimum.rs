//! Units that need so many holders of a role.

use bailiwick_identity::Instant;
use bailiwick_membership::{RoleIx, UnitIx, UserIx, World};

use crate::scheme::Kind;

/// How many different active users hold a role at exactly this unit, live and started. Whether the unit is closed is
/// not asked.
#[must_use]
pub fn holders_in_force(world: &World, unit: UnitIx, role: RoleIx, now: Instant) -> u32 {
    let holds = |&ix: &UserIx| {
        world.user(ix).is_some_and(|user| {
            user.is_active()
                && user.assignments().any(|a| a.unit == unit && a.role == role && a.options.in_force(now))
        })
    };
    u32::try_from(world.holders(unit).filter(holds).count()).unwrap_or(u32::MAX)
}

/// Whether a unit has fewer holders than its kind needs, and takes no new customers.
#[must_use]
pub fn is_below_minimum(world: &World, kind: &Kind, unit: UnitIx, now: Instant) -> bool {
    kind.minimum.is_some_and(|minimum| holders_in_force(world, unit, minimum.role, now) < minimum.count)
}

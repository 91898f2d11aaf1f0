//! What a command did beside what it said.

use bailiwick_identity::UserId;
use bailiwick_membership::{UnitIx, World};
use bailiwick_realm::Effect;

use super::answer::unit_name;
use super::sight::Sight;
use crate::parse::Collection;
use crate::v1::{self, EffectKind};

/// The effects of a command, as far as the one who reads may see them.
#[must_use]
pub fn effects(effects: &[Effect], world: &World, sight: &dyn Sight) -> Vec<v1::Effect> {
    effects.iter().map(|each| effect(each, world, sight)).collect()
}

fn effect(effect: &Effect, world: &World, sight: &dyn Sight) -> v1::Effect {
    let held = |kind: EffectKind, user: &UserId, number: u32| {
        let seen = sight.user(user);
        v1::Effect {
            kind: kind.into(),
            user: if seen { Collection::Users.name(user) } else { String::new() },
            assignment: if seen { Collection::Assignments.name(number) } else { String::new() },
            ..v1::Effect::default()
        }
    };
    let whole =
        |kind: EffectKind, user: &UserId| v1::Effect { assignment: String::new(), ..held(kind, user, 0) };
    let unit_shown = |unit: UnitIx| if sight.unit(unit) { unit_name(world, unit) } else { String::new() };
    match effect {
        Effect::EndedExclusive { user, number } => held(EffectKind::ExclusiveRoleEnded, user, *number),
        Effect::ReactivatedElsewhere { user, number } => {
            held(EffectKind::ReactivatedElsewhere, user, *number)
        }
        Effect::ReportingRoleCleared { user } => whole(EffectKind::ReportingRoleCleared, user),
        Effect::Enabled { user } => whole(EffectKind::Enabled, user),
        Effect::Suspended { user, number } => held(EffectKind::Suspended, user, *number),
        Effect::RemainsFromAbove { user, number } => held(EffectKind::AccessRemains, user, *number),
        Effect::CaseEnded { user, customer, unit } => {
            let shown = sight.customer(customer, None);
            v1::Effect {
                customer: if shown { Collection::Customers.name(customer) } else { String::new() },
                unit: unit_shown(*unit),
                ..whole(EffectKind::CaseloadEntryEnded, user)
            }
        }
        Effect::BelowMinimum { unit } => v1::Effect {
            kind: EffectKind::BelowMinimum.into(),
            unit: unit_shown(*unit),
            ..v1::Effect::default()
        },
    }
}

//! What a command did beside what it said.

use bailiwick_identity::UserId;
use bailiwick_membership::UnitIx;
use bailiwick_realm::{Effect, State};

use super::answer::unit_name;
use super::sight::Sight;
use crate::parse::Collection;
use crate::v1::{self, EffectKind};

/// The effects of a command, as far as the one who reads may see them.
#[must_use]
pub fn effects(effects: &[Effect], state: &State, sight: &dyn Sight) -> Vec<v1::Effect> {
    effects.iter().filter_map(|each| effect(each, state, sight)).collect()
}

/// An effect; none of a row of a list, which its own reply tells.
fn effect(effect: &Effect, state: &State, sight: &dyn Sight) -> Option<v1::Effect> {
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
    let unit_shown =
        |unit: UnitIx| if sight.unit(unit) { unit_name(&state.world, unit) } else { String::new() };
    Some(match effect {
        Effect::EndedExclusive { user, number } => held(EffectKind::ExclusiveRoleEnded, user, *number),
        Effect::ReactivatedElsewhere { user, number } => {
            held(EffectKind::ReactivatedElsewhere, user, *number)
        }
        Effect::GrantReactivatedElsewhere { user, system } => {
            let system = state.scheme.system(*system).filter(|_| sight.user(user));
            v1::Effect {
                system: system.map(|system| Collection::Systems.name(&system.name)).unwrap_or_default(),
                ..whole(EffectKind::GrantReactivatedElsewhere, user)
            }
        }
        Effect::ReportingRoleCleared { user } => whole(EffectKind::ReportingRoleCleared, user),
        Effect::Enabled { user } => whole(EffectKind::Enabled, user),
        Effect::Suspended { user, number } => held(EffectKind::Suspended, user, *number),
        Effect::RemainsFromAbove { user, number } => held(EffectKind::AccessRemains, user, *number),
        // How many work with a customer is told of those who are seen.
        Effect::CaseEnded { user, .. } if !sight.user(user) => return None,
        Effect::CaseEnded { user, customer, unit } => {
            let shown = sight.customer(customer, None);
            v1::Effect {
                customer: if shown { Collection::Customers.name(customer) } else { String::new() },
                unit: unit_shown(*unit),
                ..whole(EffectKind::CaseloadEntryEnded, user)
            }
        }
        Effect::CredentialsRevoked { user } => whole(EffectKind::CredentialsRevoked, user),
        Effect::ActivationMailed { user } => whole(EffectKind::ActivationMailed, user),
        Effect::BelowMinimum { unit } => v1::Effect {
            kind: EffectKind::BelowMinimum.into(),
            unit: unit_shown(*unit),
            ..v1::Effect::default()
        },
        Effect::Imported(_) => return None,
    })
}

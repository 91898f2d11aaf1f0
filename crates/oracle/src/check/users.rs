//! Questions about a user (design §6, third row): the codes are those of §5.

use super::Answer;
use crate::manage::reach::{gives_part_reach, not_reached, sighted};
use crate::manage::rights::{Need, passing};
use crate::manage::rules::rule_5;
use crate::model::{Instant, Scheme, User, World};
use crate::reason::Reason;

pub(super) fn check(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    capability: &str,
    other: &str,
    now: Instant,
) -> Answer {
    if capability == "user.view" {
        view(world, scheme, subject, other, now)
    } else {
        manage(world, scheme, subject, other, now)
    }
}

/// "`user.view`: the row *see* of §5, or oneself."
fn view(world: &World, scheme: &Scheme, subject: &User, other: &str, now: Instant) -> Answer {
    if subject.id == other {
        return Answer::allowed(None);
    }
    let seeing = sighted(world, scheme, subject, now);
    if seeing.is_empty() {
        return Answer::denied(Reason::NoManagementRight);
    }
    let Some(other) = world.user(other) else { return Answer::denied(Reason::UnknownUser) };
    match seeing.into_iter().find(|mine| gives_part_reach(world, mine, other, now)) {
        Some(mine) => Answer::allowed(Some(mine)),
        None => Answer::denied(Reason::UnknownUser),
    }
}

/// "`user.manage`: rules 2–5 with part reach."
fn manage(world: &World, scheme: &Scheme, subject: &User, other: &str, now: Instant) -> Answer {
    if world.same_person(&subject.id, other) {
        return Answer::denied(Reason::SelfReference);
    }
    let managing = passing(world, scheme, subject, &["user.manage"], Need::Manage, now);
    if managing.is_empty() {
        return Answer::denied(Reason::NoManagementRight);
    }
    let Some(found) = world.user(other) else { return Answer::denied(Reason::UnknownUser) };
    let Some(mine) = managing.into_iter().find(|mine| gives_part_reach(world, mine, found, now)) else {
        return Answer::denied(not_reached(world, scheme, subject, other, now));
    };
    match rule_5(scheme, subject, found, now) {
        Ok(()) => Answer::allowed(Some(mine)),
        Err(reason) => Answer::denied(reason),
    }
}

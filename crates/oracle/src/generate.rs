//! Biased worlds, questions and changes, from a seed.
//!
//! Uniform questions are almost all out of scope and prove nothing. Everything here is drawn near what the
//! subject holds, and some draws are repeated until the evaluator of this crate gives an answer that is
//! wanted, so that every reason is met often. [`features()`] tells which options a world shows.

mod changes;
mod features;
mod places;
mod questions;
mod scheme;
mod twists;
mod world;

pub use changes::{change, changes};
pub use features::{FEATURES, features};
pub use places::{commands, generate_places};
pub use questions::{question, questions};

use crate::model::{Instant, Scheme, World};
use crate::rng::Rng;

/// The instant of every generated world: 2026-01-01 00:00 UTC.
pub const NOW: Instant = 1_767_225_600_000_000;

/// A day in microseconds.
pub const DAY: Instant = 86_400_000_000;

/// The scheme and the world that belong to `seed`, and their instant.
#[must_use]
pub fn generate(seed: u64) -> (Scheme, World, Instant) {
    let mut rng = Rng::new(seed);
    let scheme = scheme::scheme(&mut rng);
    let world = populated(&scheme, &mut rng);
    (scheme, world, NOW)
}

/// A world that belongs to `seed` under a scheme of somebody else's, and its instant.
#[must_use]
pub fn generate_under(scheme: &Scheme, seed: u64) -> (World, Instant) {
    (populated(scheme, &mut Rng::new(seed)), NOW)
}

fn populated(scheme: &Scheme, rng: &mut Rng) -> World {
    let mut world = world::world(scheme, NOW, rng);
    twists::twist(scheme, &mut world, NOW, rng);
    world
}

//! What the rules are and what they answer: schemes, `check`, and the rule of who may manage whom.
//!
//! Everything here is a pure function of a world, a scheme, a question and an instant: no I/O, no clock, no lock.
//! Changing a world is `bailiwick-realm`'s.

mod check;
mod explain;
mod holding;
pub mod impact;
pub mod list;
pub mod manage;
mod minimum;
mod onlooker;
mod reason;
pub mod scheme;
mod summary;

pub use check::{Answer, Attempt, By, Deciding, Obstacle, Part, Question, Target, Through, Verdict, check};
pub use explain::{Compared, Explanation, MOST_REMEDIES, Ranked, Remedy, explain};
pub use holding::{effective, highest, lowest, may_hold_ability, rank_held};
pub use manage::sight::{Seen, sees, sight};
pub use minimum::{holders_in_force, is_below_minimum};
pub use onlooker::{Onlooker, SeenOf, world_shown};
pub use reason::Reason;
pub use summary::{AllowedAt, Allows, Held, Restricted, Summary, UsedSystem, summary};

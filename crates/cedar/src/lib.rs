//! A second opinion: the checks of a scheme as policies of Cedar, another engine with another idea of what a policy is.
//!
//! Cedar knows who is in what (`in`), attributes, and conditions. So units lie in their parents; a customer's placement
//! and what somebody holds lie in their units; and every assignment is a handful of policies, whose conditions say when it
//! counts. Documents of schemes are read here once more ([`rules`]), worlds become entities ([`world`]), assignments
//! policies ([`policies`]), and a question one or several requests of Cedar's ([`ask`]): a customer may be viewed where one
//! of the placements may.
//!
//! Nothing here is used by anything that is served. It stands outside the default build, because Cedar is large.

pub mod ask;
mod model;
pub mod policies;
pub mod rules;
pub mod text;
pub mod world;

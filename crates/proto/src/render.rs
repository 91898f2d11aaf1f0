//! From the domain to the wire.
//!
//! What is left out because the one who reads does not see it is decided by a [`Sight`], which the server makes from
//! the rules; nothing is decided here.

mod allowed;
mod answer;
mod assignment;
mod change;
mod credentials;
mod effect;
mod explanation;
mod imported;
mod instant;
mod preview;
mod realm;
mod reason;
mod request;
mod review;
mod sight;
mod summary;
mod unit;
mod user;

pub use allowed::{allowed_capability, allowed_resource, allowed_user, deciding, resource_id, resource_name};
pub use answer::{answer, check_access, unit_name};
pub use credentials::{credentials, outbox_kind};
pub use effect::effects;
pub use explanation::{Explained, Shows, explanation};
pub use imported::{counts, imported_row, match_outcome};
pub use instant::timestamp;
pub use preview::Compared;
pub use realm::{changed_entity, realm, scheme};
pub use reason::reason;
pub use request::{RequestView, request, request_parts};
pub use review::review;
pub use sight::Sight;
pub use summary::{assignment_access, reporting_access, system_access};
pub use unit::{assignable_role, named_placement, placement, unit};
pub use user::{UserView, user};

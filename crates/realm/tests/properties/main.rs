//! Properties of `decide`, on small realms that operators' commands have built.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test says where it stands by panicking"
)]

mod adding;
mod handles;
mod impersonation;
mod last_manager;
mod no_escalation;
mod realm;
mod requests;
mod search;

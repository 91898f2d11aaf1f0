//! Asking Bailiwick from Rust.
//!
//! [`Client`] connects, sends an API key with each call, keeps deadlines, and repeats what is safe to repeat.
//! [`Error`] says what went wrong in the words of the API: the code, the reason, the fields.
//! [`world_file`] reads a whole world from TOML and splits it into commands that may be sent again.
//!
//! This crate decides nothing: every answer is the server's.

mod allowed;
mod calls;
mod connect;
mod error;
mod outbox;
mod retry;
pub mod world_file;

pub use allowed::Parts;
pub use calls::{Client, Health};
pub use connect::{ApiKey, BadApiKey, Identity, Settings};
pub use error::{Error, FieldViolation};
pub use outbox::Outbox;
pub use retry::Repeatable;

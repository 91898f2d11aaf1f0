//! The service: `bailiwick.v1` over gRPC, with reflection and health on the same port.
//!
//! [`run`] is the story. Every call passes one `guard`, which makes the caller, its deadline and its place in the
//! queue; a handler then reads the request (`bailiwick-proto`), asks rules or store, and renders the answer. Nothing
//! is decided here: `check` and `decide` are pure and elsewhere.
//!
//! One file per service in `service`; `status` alone names gRPC codes; `methods` alone says which method needs
//! which permission.

mod backend;
mod caller;
mod clock;
mod config;
mod direct;
mod due;
mod fault;
mod first_byte;
mod gateway;
mod guard;
mod handle;
mod health;
mod issuer;
mod listener;
mod methods;
mod page;
mod password;
mod past;
mod permission;
mod preview;
mod program;
mod random;
mod reader;
mod run;
mod seal;
mod sealing;
mod service;
mod status;
mod telemetry;
#[cfg(test)]
mod tests;
mod tls;
mod token;
mod writing;

pub use config::{
    AllowConfig, CallersConfig, Config, ConfigFault, GatewayConfig, GrantConfig, IssuerConfig, LimitsConfig,
    LogConfig, LogFormat, OutboxConfig, ProgramConfig, RouteConfig, StoreConfig, TokenConfig,
    UserSourceConfig,
};
pub use gateway::{Access, Asked, Gateway, Met, Unmet};
pub use listener::{Address, AddressFault, Listener};
pub use run::{RunError, run};
pub use sealing::SealingKeys;
pub use telemetry::init as init_telemetry;
pub use tls::{Encryption, TlsConfig, TlsFault};

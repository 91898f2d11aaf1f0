//! The binary as its users meet it: started as a process, asked over the wire, killed at any moment.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says where it stands by panicking, and what it skips on the error output"
)]

mod canary;
mod demo;
mod durability;
mod encrypted;
mod gateway;
mod hostile;
mod importing;
mod mail;
mod process;
mod races;
mod starting;

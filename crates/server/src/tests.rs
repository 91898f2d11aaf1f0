//! Serving, whole: what a unit test cannot see.

mod calls;
mod credentials;
mod drain;
mod matching;
mod messages;
mod outbox;
mod world;
mod writes;

//! Serving, whole: what a unit test cannot see.

mod calls;
mod drain;
mod messages;
mod world;
mod writes;

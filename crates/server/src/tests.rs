//! Serving, whole: what a unit test cannot see.

mod calls;
mod drain;
mod matching;
mod messages;
mod repeats;
mod world;
mod writes;

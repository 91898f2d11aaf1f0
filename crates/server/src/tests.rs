//! Serving, whole: what a unit test cannot see.

mod calls;
mod drain;
mod importing;
mod matching;
mod messages;
mod world;
mod writes;

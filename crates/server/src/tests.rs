//! Serving, whole: what a unit test cannot see.

mod allowed;
mod calls;
mod crowd;
mod drain;
mod groups;
mod lists;
mod matching;
mod messages;
mod repeats;
mod world;
mod writes;

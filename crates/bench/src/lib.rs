//! What measures. The binary tells the story; here is what it and its tests share.
//!
//! [`world`] makes a world of any size, the same for the same seed, as commands; [`questions`] asks about it. [`people`]
//! makes one that is all people, [`office`] one in which much is asked for.

pub mod office;
pub mod people;
pub mod questions;
pub mod random;
pub mod world;

//! Requests: who may ask, who approves, and what becomes of it.

mod approving;
mod asking;
mod carrying_out;
mod machine;
mod office;
mod oneself;
mod positions;

//! Requests: who may ask, who approves, and what becomes of it; and reviews of what is held.

mod activating;
mod approving;
mod asking;
mod beyond;
mod carrying_out;
mod machine;
mod office;
mod oneself;
mod positions;
mod review_items;
mod reviews;
mod together;

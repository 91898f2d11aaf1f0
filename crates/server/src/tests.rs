//! Serving, whole: what a unit test cannot see.

mod allowed;
mod allowed_all;
mod assignable;
mod calls;
mod credentials;
mod crowd;
mod drain;
mod explain;
mod explain_sight;
mod groups;
mod importing;
mod leaving;
mod lists;
mod matching;
mod messages;
mod outbox;
mod past;
mod preview_sight;
mod previews;
mod provider;
mod repeats;
mod schemes;
mod summary;
mod teams;
mod world;
mod writes;

//! Serving, whole: what a unit test cannot see.

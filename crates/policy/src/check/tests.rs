//! Small worlds in which one rule at a time is seen.

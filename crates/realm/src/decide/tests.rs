//! Small realms in which one rule at a time is seen.

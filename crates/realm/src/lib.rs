//! One organisation: its state, and the only way to change it.

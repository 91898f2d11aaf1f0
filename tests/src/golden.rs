//! Access matrices.

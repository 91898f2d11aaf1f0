//! How vectors of a world grow: by an eighth, since there are many and most have grown already.

/// Room for `extra` more, and for an eighth beyond where there was too little.
pub(super) fn make_room<T>(vector: &mut Vec<T>, extra: usize) {
    if vector.capacity() - vector.len() < extra {
        vector.reserve_exact(extra + vector.len() / 8);
    }
}

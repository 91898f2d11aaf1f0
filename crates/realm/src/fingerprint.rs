//! What an entity was when it was read, as a short number: whoever changes it may say what they read, and is refused
//! where somebody else was faster.

use std::hash::{DefaultHasher, Hash, Hasher};

use bailiwick_membership::Unit;
use bailiwick_policy::scheme::Scheme;

/// What an entity was when it was read. Equal for equal content, on every server of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// Of a unit: what it is called, where it lies, and whether it is archived.
    #[must_use]
    pub fn of_unit(unit: &Unit) -> Self {
        let Unit { id, kind, name, description, parents, archived, placeholder: _ } = unit;
        Self::of(&(id.as_str(), kind.0, name, description, archived, parents))
    }

    /// Of a realm's rules: their document.
    #[must_use]
    pub fn of_scheme(scheme: &Scheme) -> Self {
        Self::of(&scheme.source())
    }

    fn of(content: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Self(hasher.finish())
    }
}

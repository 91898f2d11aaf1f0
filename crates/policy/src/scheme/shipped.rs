//! The schemes that ship with the binary.

/// Name and document of each.
const SHIPPED: [(&str, &str); 1] = [("eto", include_str!("../../../../schemes/eto.toml"))];

/// The schemes that ship with the binary: name and document of each.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    &SHIPPED
}

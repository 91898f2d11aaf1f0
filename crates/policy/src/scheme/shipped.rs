//! The schemes that ship with the binary.

/// Name and document of each, in the order in which they are shown.
const SHIPPED: [(&str, &str); 4] = [
    ("eto", include_str!("../../../../schemes/eto.toml")),
    ("illinois-worknet", include_str!("../../../../schemes/illinois-worknet.toml")),
    ("dei-teams", include_str!("../../../../schemes/dei-teams.toml")),
    ("cmg-2012", include_str!("../../../../schemes/cmg-2012.toml")),
];

/// The schemes that ship with the binary: name and document of each.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    &SHIPPED
}

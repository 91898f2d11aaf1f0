//! Where a list of requests or reviews goes on, as a page token keeps it: an instant and an id.

use std::fmt::Display;

use bailiwick_identity::Instant;

use crate::fault::Fault;
use crate::service::Paging;

pub(super) fn write(at: Instant, id: &impl Display) -> Vec<u8> {
    format!("{} {id}", at.as_micros()).into_bytes()
}

/// The place after which a page begins; none, for the first.
///
/// # Errors
/// When the token is of another version.
pub(super) fn read<I, F>(
    paging: &Paging,
    id: impl Fn(&str) -> Result<I, F>,
) -> Result<Option<(Instant, I)>, Fault> {
    let place = |text: &str| {
        let (at, text) = text.split_once(' ')?;
        Some((Instant::from_micros(at.parse().ok()?)?, id(text).ok()?))
    };
    let foreign = || Fault::field("page_token", "is of another version: begin again without a page token");
    paging.after().map(|text| place(text).ok_or_else(foreign)).transpose()
}

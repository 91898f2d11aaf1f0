//! Random bytes, and the ids and secrets made of them.

use bailiwick_identity::{RequestId, ReviewId, UnitId, UserId};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};

use crate::fault::Fault;

/// Random bytes from the operating system.
///
/// # Errors
/// [`Fault::Internal`] where the system has none to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Fault::Internal("the system gave no random bytes"))?;
    Ok(bytes)
}

/// An id that nobody can guess: `prefix` and 128 random bits.
fn id(prefix: &str) -> Result<String, Fault> {
    Ok(format!("{prefix}{}", lower(&bytes::<16>()?)))
}

/// The id of a user who is created without a name.
pub(crate) fn user_id() -> Result<UserId, Fault> {
    UserId::parse(&id("u")?).map_err(|_| Fault::Internal("a made id is no id"))
}

/// The id of a unit that is created without a name.
pub(crate) fn unit_id() -> Result<UnitId, Fault> {
    UnitId::parse(&id("n")?).map_err(|_| Fault::Internal("a made id is no id"))
}

/// The id of a request that is drafted without a name.
pub(crate) fn request_id() -> Result<RequestId, Fault> {
    RequestId::parse(&id("r")?).map_err(|_| Fault::Internal("a made id is no id"))
}

/// The id of a review that is opened without a name.
pub(crate) fn review_id() -> Result<ReviewId, Fault> {
    ReviewId::parse(&id("v")?).map_err(|_| Fault::Internal("a made id is no id"))
}

/// The id of an API key: 80 random bits, short enough to read out.
pub(crate) fn key_id() -> Result<String, Fault> {
    Ok(format!("k-{}", lower(&bytes::<10>()?)))
}

/// The secret of an API key: `bk_` and 256 random bits.
pub(crate) fn key_secret() -> Result<String, Fault> {
    Ok(format!("bk_{}", lower(&bytes::<32>()?)))
}

/// A secret that is mailed or shown: 256 random bits, good in an address.
pub(crate) fn secret() -> Result<String, Fault> {
    Ok(BASE64URL_NOPAD.encode(&bytes::<32>()?))
}

/// A password for once: 90 random bits in letters and digits that nobody takes for others, to be read out.
pub(crate) fn one_time_password() -> Result<String, Fault> {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().map_or('2', char::from);
    Ok(bytes::<18>()?.into_iter().map(letter).collect())
}

fn lower(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

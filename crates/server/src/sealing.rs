//! The keys with which secrets for the outbox are sealed. They are not in the database: whoever has a copy of that reads
//! no secret from it.
//!
//! The first key seals, each opens: a new one is put in front, and the old one goes once nothing that it has sealed is
//! left, which is after the longest time that a secret is good for.

use std::fmt;

use bailiwick_identity::{SealedSecret, SecretDigest, UserId};
use bailiwick_policy::scheme::Passwords;
use bailiwick_realm::{Body, MAX_CHANGES, Spares, State};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::fault::Fault;
use crate::random;
use crate::seal::SealingKey;

/// The most keys.
const MOST_KEYS: usize = 16;

/// Keys of 32 bytes; may be none. Not to be shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SealingKeys(Vec<[u8; 32]>);

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKeys({} …)", self.0.len())
    }
}

impl SealingKeys {
    /// Reads keys, each 32 bytes in base64 (44 characters), parted by line breaks, spaces or commas; lines that begin with
    /// `#` are passed over.
    ///
    /// # Errors
    /// When one is no such key, or there is none or too many. The text shows nothing of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words = lines.flat_map(|line| line.split(|c: char| c == ',' || c.is_whitespace()));
        let read = |(index, word): (usize, &str)| {
            let bytes = BASE64.decode(word.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.ok_or_else(|| format!("sealing key {} is not 32 bytes in base64", index + 1))
        };
        let keys: Vec<[u8; 32]> =
            words.filter(|word| !word.is_empty()).enumerate().map(read).collect::<Result<_, _>>()?;
        match keys.len() {
            0 => Err("there is no sealing key".to_owned()),
            1..=MOST_KEYS => Ok(Self(keys)),
            _ => Err(format!("there are at most {MOST_KEYS} sealing keys")),
        }
    }
}

/// Seals and opens secrets for the outbox.
#[derive(Clone)]
pub(crate) struct Sealer(Vec<SealingKey>);

impl Sealer {
    pub(crate) fn new(keys: &SealingKeys) -> Self {
        Self(keys.0.iter().map(SealingKey::new).collect())
    }

    /// Whether anything can be sealed.
    pub(crate) fn has_keys(&self) -> bool {
        !self.0.is_empty()
    }

    /// A secret, sealed for one user.
    ///
    /// # Errors
    /// [`Fault::NoSealingKey`] where there is none.
    pub(crate) fn seal(&self, realm: &str, user: &UserId, secret: &str) -> Result<SealedSecret, Fault> {
        let key = self.0.first().ok_or(Fault::NoSealingKey)?;
        let sealed = key.seal(&purpose(realm, user), secret.as_bytes())?;
        Ok(SealedSecret { digest: digest(secret), sealed })
    }

    /// Secrets for the activations that a command may bring about, where one could be mailed.
    pub(crate) fn spares(&self, before: &State, what: &Body) -> Result<Spares, Fault> {
        if before.scheme.credentials().passwords == Passwords::Elsewhere || self.0.is_empty() {
            return Ok(Spares::default());
        }
        let one =
            |user: &UserId| Ok((user.clone(), self.seal(before.realm.as_str(), user, &random::secret()?)?));
        // More is refused before anything is looked at.
        what.may_activate().take(MAX_CHANGES).map(one).collect::<Result<_, _>>().map(Spares::new)
    }

    /// The secret that was sealed for one user; none where no key opens it.
    pub(crate) fn open(&self, realm: &str, user: &UserId, sealed: &str) -> Option<String> {
        let purpose = purpose(realm, user);
        let opened = self.0.iter().find_map(|key| key.open(&purpose, sealed))?;
        String::from_utf8(opened).ok()
    }
}

/// What is kept of a secret.
pub(crate) fn digest(secret: &str) -> SecretDigest {
    SecretDigest(Sha256::digest(secret.as_bytes()).into())
}

fn purpose(realm: &str, user: &UserId) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["outbox", realm, user.as_str()] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> SealingKeys {
        let text: Vec<String> = bytes.iter().map(|&byte| BASE64.encode(&[byte; 32])).collect();
        SealingKeys::parse(&text.join("\n")).unwrap()
    }

    #[test]
    fn the_first_key_seals_and_each_opens() {
        let (user, other) = (UserId::parse("u").unwrap(), UserId::parse("v").unwrap());
        let sealed = Sealer::new(&keys(&[1])).seal("r", &user, "geheim").unwrap();
        assert_eq!(sealed.digest, digest("geheim"));
        let after = Sealer::new(&keys(&[2, 1]));
        assert_eq!(after.open("r", &user, &sealed.sealed).as_deref(), Some("geheim"));
        assert_eq!(after.open("r", &other, &sealed.sealed), None);
        assert_eq!(after.open("s", &user, &sealed.sealed), None);
        assert_eq!(Sealer::new(&keys(&[2])).open("r", &user, &sealed.sealed), None);
        let newer = after.seal("r", &user, "neu").unwrap();
        assert_eq!(Sealer::new(&keys(&[2])).open("r", &user, &newer.sealed).as_deref(), Some("neu"));
        let none = Sealer::new(&SealingKeys::default());
        assert!(!none.has_keys());
        assert!(matches!(none.seal("r", &user, "x"), Err(Fault::NoSealingKey)));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let good = BASE64.encode(&[7; 32]);
        assert_eq!(SealingKeys::parse(&format!("# old\n{good}\n")), Ok(keys(&[7])));
        for bad in ["", "# nothing", "c2hvcnQ=", &format!("{good},tiger")] {
            let fault = SealingKeys::parse(bad).unwrap_err();
            assert!(!fault.contains("tiger") && !fault.contains("c2h"), "{fault}");
        }
        assert_eq!(format!("{:?}", keys(&[7])), "SealingKeys(1 …)");
    }
}

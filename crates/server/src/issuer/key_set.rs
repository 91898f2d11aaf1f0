//! The keys of an issuer, as a JWK set has them.

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The keys of an issuer with which its tokens may be signed.
pub(super) struct KeySet(Vec<Key>);

/// One of them.
pub(super) struct Key {
    id: Option<String>,
    /// With which it may be used: those of the issuer that fit it.
    algorithms: Vec<Algorithm>,
    pub(super) decoding: DecodingKey,
    /// By which it is known, whatever it is called.
    pub(super) fingerprint: [u8; 32],
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Those of a JWK set that verify signatures by one of the algorithms. Others are passed over.
    ///
    /// # Errors
    /// When it is no JWK set.
    pub(super) fn parse(json: &[u8], algorithms: &[Algorithm]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(json).map_err(|_| "it is no JWK set".to_owned())?;
        let jwks = document.keys.into_iter().filter_map(|value| serde_json::from_value::<Jwk>(value).ok());
        Ok(Self(jwks.filter_map(|jwk| Key::of(&jwk, algorithms)).collect()))
    }

    /// Whether no token can be signed by any.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one key that a token's head means; none where there is none, or several.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut meant = self.0.iter().filter(|key| {
            key.algorithms.contains(&algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        });
        meant.next().filter(|_| meant.next().is_none())
    }

    /// Whether a key is still among them.
    pub(super) fn has(&self, fingerprint: &[u8; 32]) -> bool {
        self.0.iter().any(|key| key.fingerprint == *fingerprint)
    }
}

impl Key {
    fn of(jwk: &Jwk, allowed: &[Algorithm]) -> Option<Self> {
        let common = &jwk.common;
        let is_for_signatures =
            common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
        let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if !is_for_signatures || !verifies {
            return None;
        }
        let named = match common.key_algorithm {
            Some(named) => Some(named.to_string().parse::<Algorithm>().ok()?),
            None => None,
        };
        let fitting = fitting(&jwk.algorithm).iter().copied();
        let algorithms: Vec<_> =
            fitting.filter(|one| allowed.contains(one) && named.is_none_or(|named| named == *one)).collect();
        let decoding = DecodingKey::from_jwk(jwk).ok().filter(|_| !algorithms.is_empty())?;
        let fingerprint = fingerprint(decoding.kind());
        Some(Self { id: common.key_id.clone(), algorithms, decoding, fingerprint })
    }
}

/// The algorithms that a key can be used with; none that is symmetric.
#[expect(clippy::wildcard_enum_match_arm, reason = "there may be others by now, of which none is verified")]
fn fitting(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    match parameters {
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        _ => &[],
    }
}

fn fingerprint(key: &DecodingKeyKind) -> [u8; 32] {
    let mut digest = Sha256::new();
    let parts: [&[u8]; 2] = match key {
        DecodingKeyKind::SecretOrDer(key) => [key, &[]],
        DecodingKeyKind::RsaModulusExponent { n, e } => [n, e],
    };
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

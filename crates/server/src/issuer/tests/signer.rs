//! Keys that sign tokens, as an issuer has them.

use data_encoding::BASE64URL_NOPAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA512, RsaKeyPair,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::issuer::now;

pub(super) const NAME: &str = "https://login.example.org/";
pub(super) const AUDIENCE: &str = "bailiwick";

/// A key that signs tokens.
pub(crate) enum Signer {
    Es256(EcdsaKeyPair),
    Es384(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rs256(RsaKeyPair),
    Ps512(RsaKeyPair),
}

pub(super) fn rsa() -> RsaKeyPair {
    let pem = include_bytes!("rsa.pem");
    RsaKeyPair::from_pkcs8(PrivatePkcs8KeyDer::from_pem_slice(pem).unwrap().secret_pkcs8_der()).unwrap()
}

impl Signer {
    pub(crate) fn es256() -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Es256(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap())
    }

    pub(super) fn es384() -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P384_SHA384_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Es384(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap())
    }

    pub(super) fn ed() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Es384(_) => "ES384",
            Self::Ed(_) => "EdDSA",
            Self::Rs256(_) => "RS256",
            Self::Ps512(_) => "PS512",
        }
    }

    /// The key that verifies, as a JWK.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        let point = |curve: &str, public: &[u8]| {
            let (x, y) = public[1..].split_at(public.len() / 2);
            json!({ "kty": "EC", "crv": curve, "x": BASE64.encode(x), "y": BASE64.encode(y), "kid": id, "use": "sig" })
        };
        match self {
            Self::Es256(key) => point("P-256", key.public_key().as_ref()),
            Self::Es384(key) => point("P-384", key.public_key().as_ref()),
            Self::Ed(key) => {
                let x = BASE64.encode(key.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": id })
            }
            Self::Rs256(key) | Self::Ps512(key) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key.public());
                let (n, e) = (BASE64.encode(&public.n), BASE64.encode(&public.e));
                json!({ "kty": "RSA", "n": n, "e": e, "kid": id, "alg": self.algorithm() })
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) | Self::Es384(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signed = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signed).unwrap();
                signed
            }
            Self::Ps512(key) => {
                let mut signed = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PSS_SHA512, &random, message, &mut signed).unwrap();
                signed
            }
        }
    }

    /// A token with this head and these claims.
    pub(super) fn token_of(&self, head: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            BASE64.encode(head.to_string().as_bytes()),
            BASE64.encode(claims.to_string().as_bytes())
        );
        format!("{message}.{}", BASE64.encode(&self.sign(message.as_bytes())))
    }

    /// A token of somebody, good for so many seconds.
    pub(crate) fn token(&self, id: &str, subject: &str, seconds: i64) -> String {
        self.token_of(&json!({ "alg": self.algorithm(), "kid": id, "typ": "JWT" }), &claims(subject, seconds))
    }
}

pub(super) fn claims(subject: &str, seconds: i64) -> Value {
    let now = i64::try_from(now().unwrap()).unwrap();
    json!({ "iss": NAME, "sub": subject, "aud": [AUDIENCE, "other"], "exp": now + seconds, "iat": now, "nbf": now })
}

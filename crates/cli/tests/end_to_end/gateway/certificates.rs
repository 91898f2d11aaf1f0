//! Certificates of an authority, and tokens of an issuer.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD as BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519, PublicKeyData, SanType,
    SigningKey,
};
use serde_json::json;

/// Writes an authority (`ca.pem`), the server's certificate, and those of programs.
pub(super) fn write(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write("ca.pem", &params.self_signed(&key).unwrap().pem());
    let authority = Issuer::new(params, key);
    let sign = |name: &str, mut params: CertificateParams| {
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        write(&format!("{name}.pem"), &params.signed_by(&key, &authority).unwrap().pem());
        write(&format!("{name}.key"), &key.serialize_pem());
    };
    let names = ["bailiwick.example.org", "127.0.0.1"].map(str::to_owned).to_vec();
    sign("server", CertificateParams::new(names).unwrap());
    for (name, program) in [("gateway", "envoy"), ("desk", "desk")] {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let uri = format!("spiffe://example.org/{program}");
        params.subject_alt_names.push(SanType::URI(uri.as_str().try_into().unwrap()));
        sign(name, params);
    }
}

/// Who issues tokens.
pub(super) struct Tokens(KeyPair);

impl Tokens {
    pub(super) fn new() -> Self {
        Self(KeyPair::generate_for(&PKCS_ED25519).unwrap())
    }

    /// The issuer's keys, as it publishes them.
    pub(super) fn keys(&self) -> String {
        let x = BASE64.encode(self.0.der_bytes());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k", "alg": "EdDSA" }] })
            .to_string()
    }

    /// The header with a token of somebody.
    pub(super) fn of(&self, subject: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let head = json!({ "alg": "EdDSA", "kid": "k" });
        let claims = json!({ "iss": "https://login.example.org/", "aud": "records", "sub": subject, "exp": now + 300 });
        let part = |value: &serde_json::Value| BASE64.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&head), part(&claims));
        let signed = BASE64.encode(&self.0.sign(message.as_bytes()).unwrap());
        format!("authorization: Bearer {message}.{signed}")
    }
}

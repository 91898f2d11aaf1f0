//! Who issues bearer tokens, and what a token proves.
//!
//! A token is a JWT that one of the configuration's issuers has signed: for this service (`aud`), by an asymmetric algorithm
//! that the issuer is configured with, with a key that the issuer publishes, and of now. Whatever else it is, it is nobody's,
//! and all that is told is that it is.

mod key_set;
mod keys;
mod memory;
mod signatures;
mod source;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bailiwick_identity::RealmId;
use jsonwebtoken::{Algorithm, AlgorithmFamily, Validation};
use serde::Deserialize;

use self::keys::Keys;
use self::source::Source;
use crate::config::IssuerConfig;
use crate::fault::Fault;

pub(crate) use self::memory::Memory;

/// By so much an issuer's clock may be ahead, in seconds.
const AHEAD: u64 = 5;
/// The longest subject, in bytes (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// Everybody who issues tokens.
#[derive(Default)]
pub(crate) struct Issuers {
    /// By what their tokens say of who issued them.
    by_name: HashMap<String, Arc<Issuer>>,
}

/// One who issues tokens.
pub(crate) struct Issuer {
    /// What the log calls it.
    pub(crate) id: String,
    algorithms: Vec<Algorithm>,
    /// What is asked of a token but its algorithm.
    validation: Validation,
    keys: Arc<Keys>,
    /// The realms whose users it knows by their subjects.
    pub(crate) user_realms: Vec<RealmId>,
}

/// What a token has proved.
pub(crate) struct Proven {
    pub(crate) issuer: Arc<Issuer>,
    /// Whose token it is, as the issuer calls them.
    pub(crate) subject: String,
    /// The key that it is signed with.
    fingerprint: [u8; 32],
    /// When it expires, by the system's clock and by one that nobody sets.
    expires_at: (u64, Instant),
}

impl fmt::Debug for Proven {
    /// Without the subject: it may be a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven").field("issuer", &self.issuer.id).finish_non_exhaustive()
    }
}

/// Who issued a token, as it says itself.
#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

/// What is read of a token that is verified. Instants are seconds since 1970, whole or not (RFC 7519, section 2).
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
}

impl Issuers {
    /// Those of a configuration, with the keys that lie in files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn load(configured: &[IssuerConfig]) -> Result<Self, Vec<String>> {
        signatures::install();
        let (mut issuers, mut faults) = (Self::default(), faults(configured));
        for (index, one) in configured.iter().enumerate() {
            match Issuer::load(one) {
                Ok(issuer) => drop(issuers.by_name.insert(one.issuer.clone(), Arc::new(issuer))),
                Err(fault) => faults.push(format!("`callers.issuers[{index}]`: {fault}")),
            }
        }
        if faults.is_empty() { Ok(issuers) } else { Err(faults) }
    }

    /// What a token proves.
    ///
    /// # Errors
    /// `UnknownCaller` where it proves nothing, whatever the reason; `NoIssuerKeys` where its issuer's keys cannot be had.
    pub(crate) async fn prove(&self, token: &str) -> Result<Proven, Fault> {
        let claimed = jsonwebtoken::dangerous::insecure_decode_claims::<Claimed>(token);
        let claimed = claimed.map_err(|_| Fault::UnknownCaller)?;
        let issuer = self.by_name.get(&claimed.iss).ok_or(Fault::UnknownCaller)?;
        issuer.prove(token).await
    }

    /// The same, unless the token is remembered; it is remembered from then on.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(crate) async fn prove_once(&self, token: &str, memory: &Memory) -> Result<Arc<Proven>, Fault> {
        if let Some(proven) = memory.find(token) {
            return Ok(proven);
        }
        let proven = Arc::new(self.prove(token).await?);
        memory.keep(token, &proven);
        Ok(proven)
    }

    /// Keeps all keys up to date, for as long as it is polled.
    pub(crate) async fn follow(&self) {
        let mut following = tokio::task::JoinSet::new();
        for issuer in self.by_name.values() {
            let keys = Arc::clone(&issuer.keys);
            following.spawn(async move { keys.follow().await });
        }
        while following.join_next().await.is_some() {}
        std::future::pending().await
    }
}

/// What is wrong with a configuration of issuers, without a look at files.
pub(crate) fn faults(configured: &[IssuerConfig]) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut ids, mut names, mut realms) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (index, one) in configured.iter().enumerate() {
        let mut fault = |what: String| faults.push(format!("`callers.issuers[{index}]`: {what}"));
        one.faults().into_iter().for_each(&mut fault);
        if !ids.insert(&one.id) {
            fault("another has the same `id`".to_owned());
        }
        if !names.insert(&one.issuer) {
            fault("another has the same `issuer`".to_owned());
        }
        for realm in &one.user_realms {
            // Two issuers may call two people the same.
            if !realms.insert(realm) {
                fault(format!("`{}` is among the `user_realms` already", realm.escape_debug()));
            }
        }
        if let Err(what) = algorithms(one) {
            fault(what);
        }
    }
    faults
}

fn algorithms(one: &IssuerConfig) -> Result<Vec<Algorithm>, String> {
    let asymmetric = |name: &String| {
        let algorithm = name.parse().ok().filter(|one: &Algorithm| one.family() != AlgorithmFamily::Hmac);
        algorithm.ok_or_else(|| {
            let known = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA";
            format!("`{}` is no asymmetric algorithm: {known}", name.escape_debug())
        })
    };
    one.algorithms.iter().map(asymmetric).collect()
}

impl Issuer {
    fn load(one: &IssuerConfig) -> Result<Self, String> {
        let algorithms = algorithms(one)?;
        let source = match (&one.jwks_file, &one.jwks_url) {
            (Some(file), _) => Source::File(file.clone()),
            (None, Some(url)) => Source::url(url, one.jwks_ca_file.as_deref())?,
            (None, None) => return Err("it has either `jwks_file` or `jwks_url`".to_owned()),
        };
        let times = (Duration::from_secs(one.refresh_seconds), Duration::from_secs(one.max_age_seconds));
        let keys = Keys::new(&one.id, source, &algorithms, times);
        if let Some(file) = &one.jwks_file {
            let taken = source::read_file(file).and_then(|json| keys.take(&json));
            taken.map_err(|fault| format!("`jwks_file` ({}): {fault}", file.display()))?;
        }
        // Which algorithm it is, the token's own head says: it is looked up among these, and put here.
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&one.issuer]);
        validation.set_audience(&one.audiences);
        validation.leeway = 0;
        let user_realms = one.user_realms.iter().filter_map(|realm| RealmId::parse(realm).ok()).collect();
        Ok(Self { id: one.id.clone(), algorithms, validation, keys: Arc::new(keys), user_realms })
    }

    async fn prove(self: &Arc<Self>, token: &str) -> Result<Proven, Fault> {
        let head = jsonwebtoken::decode_header(token).map_err(|_| Fault::UnknownCaller)?;
        // What must be understood, and is not (RFC 7515, section 4.1.11).
        let is_ours = self.algorithms.contains(&head.alg) && head.crit.is_none();
        if !is_ours {
            return Err(Fault::UnknownCaller);
        }
        if let Some(verified) = self.verify(token, head.kid.as_deref(), head.alg) {
            return verified;
        }
        self.keys.look_again().await;
        match self.verify(token, head.kid.as_deref(), head.alg) {
            Some(verified) => verified,
            None if self.keys.current().is_none() => Err(Fault::NoIssuerKeys),
            None => Err(Fault::UnknownCaller),
        }
    }

    /// What a token proves; none where its key is not there.
    fn verify(
        self: &Arc<Self>,
        token: &str,
        key: Option<&str>,
        algorithm: Algorithm,
    ) -> Option<Result<Proven, Fault>> {
        let current = self.keys.current()?;
        let key = current.set.find(key, algorithm)?;
        let validation = Validation { algorithms: vec![algorithm], ..self.validation.clone() };
        let verified = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation);
        let proven = verified.ok().and_then(|token| self.proven(token.claims, key.fingerprint));
        Some(proven.ok_or(Fault::UnknownCaller))
    }

    fn proven(self: &Arc<Self>, claims: Claims, fingerprint: [u8; 32]) -> Option<Proven> {
        let Claims { sub: subject, exp, nbf } = claims;
        let now = now()?;
        let expires = Duration::try_from_secs_f64(exp).ok()?.as_secs();
        let begins = nbf.map_or(Some(Duration::ZERO), |nbf| Duration::try_from_secs_f64(nbf).ok())?;
        let is_now = now < expires && begins.as_secs() <= now.saturating_add(AHEAD);
        let is_named = (1..=LONGEST_SUBJECT).contains(&subject.len());
        if !is_now || !is_named {
            return None;
        }
        let until = Instant::now().checked_add(Duration::from_secs(expires - now))?;
        Some(Proven { issuer: Arc::clone(self), subject, fingerprint, expires_at: (expires, until) })
    }
}

impl Proven {
    /// Whether it still is proved: not expired, and signed with a key that the issuer has now.
    pub(crate) fn is_good(&self) -> bool {
        let (expires_at, until) = self.expires_at;
        let is_now = now().is_some_and(|now| now < expires_at) && Instant::now() < until;
        is_now && self.issuer.keys.current().is_some_and(|current| current.set.has(&self.fingerprint))
    }
}

/// What stands in `Bearer …`.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Seconds since 1970.
fn now() -> Option<u64> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

//! Commands: what every request that changes something has in common.

use bailiwick_identity::{RealmId, UserId};
use bailiwick_realm::{Body, Fingerprint};

use super::form::{Form, Violations, given};
use super::name::Collection;

/// Longest request id, in characters.
const REQUEST_ID_CHARS: usize = 128;
/// Most changes of one command.
pub const MAX_CHANGES: usize = 1_000;

/// A command as a caller sent it, in names that are well formed.
#[derive(Debug, Clone)]
pub struct Write {
    /// Where.
    pub realm: RealmId,
    /// On whose behalf; unset: an operator's.
    pub actor: Option<UserId>,
    /// The caller's own name for the command.
    pub request_id: Option<String>,
    /// Whether it is carried out.
    pub mode: Mode,
    /// Why: personal.
    pub reason: Option<String>,
    /// An operator's word that a root may be left without its last manager.
    pub may_remove_last_manager: bool,
    /// What the caller read of what it changes.
    pub expects: Option<Fingerprint>,
    /// What.
    pub body: Body,
}

/// Whether a command is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Commit,
    /// Only whether it would be is said.
    ValidateOnly,
    /// The same, with what it would change for whom.
    Preview,
}

impl Mode {
    /// Whether nothing is written.
    #[must_use]
    pub fn is_dry_run(self) -> bool {
        self != Self::Commit
    }
}

/// The fields that requests share, as they came.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) realm: String,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) validate_only: bool,
    pub(crate) skip_preview: bool,
    pub(crate) reason: String,
    pub(crate) override_last_manager: bool,
    /// Of what is compared by its content; a user's is read elsewhere.
    pub(crate) etag: String,
}

impl Header {
    /// Reads the shared fields and joins them with what the command is.
    pub(crate) fn with(self, mut form: Form, body: Option<Body>) -> Result<Write, Violations> {
        let realm = form.id("realm", Collection::Realms, &self.realm, RealmId::parse);
        let actor = form.optional_id("actor", Collection::Users, &self.actor, UserId::parse);
        let request_id = form.request_id(self.request_id);
        let reason = form.text("reason", self.reason).map(given);
        if self.override_last_manager && !self.actor.is_empty() {
            form.fault("override_last_manager", "is an operator's, without an actor");
        }
        let expects = form.fingerprint(&self.etag);
        let mode = match (self.validate_only, self.skip_preview) {
            (false, _) => Mode::Commit,
            (true, false) => Mode::Preview,
            (true, true) => Mode::ValidateOnly,
        };
        let may_remove_last_manager = self.override_last_manager;
        let write = (|| {
            Some(Write {
                realm: realm?,
                actor: actor?,
                request_id: request_id?,
                mode,
                reason: reason?,
                may_remove_last_manager,
                expects: expects?,
                body: body?,
            })
        })();
        form.finish(write)
    }
}

/// The etag of what is compared by its content.
#[must_use]
pub fn fingerprint_etag(fingerprint: Fingerprint) -> String {
    format!("f{:016x}", fingerprint.0)
}

impl Form {
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    fn fingerprint(&mut self, text: &str) -> Option<Option<Fingerprint>> {
        if text.is_empty() {
            return Some(None);
        }
        let digits = text.strip_prefix('f').filter(|digits| digits.len() == 16);
        let fingerprint = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).map(Fingerprint);
        if fingerprint.is_none() {
            self.fault("etag", "is no etag: send the one that was read");
        }
        fingerprint.map(Some)
    }

    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    fn request_id(&mut self, text: String) -> Option<Option<String>> {
        if text.chars().nth(REQUEST_ID_CHARS).is_some() || text.chars().any(char::is_control) {
            self.fault("request_id", "has at most 128 characters, none of them a control character");
            return None;
        }
        Some(given(text))
    }
}

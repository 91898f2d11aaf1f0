//! A realm and its rules, as bytes and back.

use std::sync::Arc;

use bailiwick_policy::scheme::Scheme;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::RealmStatus;

use super::names::Names;
use crate::log::Damage;

pub(super) fn write(names: &Names<'_>, title: &str, status: RealmStatus) -> log::Realm {
    let state = match status {
        RealmStatus::Active => log::RealmState::Active,
        RealmStatus::Frozen => log::RealmState::Frozen,
    };
    log::Realm { id: names.realm().to_string(), title: title.to_owned(), state: state.into() }
}

pub(super) fn read(names: &Names<'_>, message: log::Realm) -> Result<(String, RealmStatus), Damage> {
    let log::Realm { id, title, state } = message;
    if id != names.realm().as_str() {
        return Err(Damage("the log is another realm's"));
    }
    let status = match log::RealmState::try_from(state) {
        Ok(log::RealmState::Active) => RealmStatus::Active,
        Ok(log::RealmState::Frozen) => RealmStatus::Frozen,
        Ok(log::RealmState::Unspecified) | Err(_) => {
            return Err(Damage("the realm is in no state that this version knows"));
        }
    };
    Ok((title, status))
}

/// The rules of a document, compiled after those before it, so that roles and kinds keep their numbers.
pub(crate) fn compile(toml: &str, before: Option<&Scheme>) -> Result<Arc<Scheme>, Damage> {
    let compiled = match before {
        Some(before) => Scheme::parse_after(toml, before),
        None => Scheme::parse(toml),
    };
    compiled.map(Arc::new).map_err(|_| Damage("a scheme in the log is none that this version accepts"))
}

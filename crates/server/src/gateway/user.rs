//! By what a request says who its user is.

use std::collections::BTreeMap;

use bailiwick_proto::parse::{Collection, named};

use crate::config::{CallersConfig, UserSourceConfig};

/// By what a request says who its user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserSource {
    /// By a bearer token of the issuer that knows the route's users.
    Token,
    /// By a header that the gateway alone may set.
    Header(String),
    /// By the name in a certificate: what stands before the user's id, and after.
    Certificate(String, String),
}

impl UserSource {
    /// That of a configuration, for routes that ask in these realms; unset where none does and nothing is said.
    pub(super) fn of(
        config: &UserSourceConfig,
        callers: &CallersConfig,
        realms: &[&str],
    ) -> Result<Option<Self>, Vec<String>> {
        match (config.token, &config.header, &config.certificate) {
            (false, None, None) if realms.is_empty() => Ok(None),
            (true, None, None) => {
                let issued = |realm: &str| {
                    callers.issuers.iter().any(|issuer| issuer.user_realms.iter().any(|one| one == realm))
                };
                let mut missing: Vec<&str> = realms.iter().copied().filter(|realm| !issued(realm)).collect();
                missing.sort_unstable();
                missing.dedup();
                let told = |realm: &str| format!("no issuer has `{realm}` among its `user_realms`");
                let faults: Vec<_> = missing.into_iter().map(told).collect();
                if faults.is_empty() { Ok(Some(Self::Token)) } else { Err(faults) }
            }
            (false, Some(header), None) if is_header(header) => Ok(Some(Self::Header(header.clone()))),
            (false, Some(_), None) => {
                Err(vec!["`header` is in lower case, and `x-…`: none that means something else".to_owned()])
            }
            (false, None, Some(name)) => match name.split_once("{user}") {
                Some((before, after)) if !before.is_empty() && !after.contains(['{', '}']) => {
                    Ok(Some(Self::Certificate(before.to_owned(), after.to_owned())))
                }
                Some(_) | None => Err(vec!["`certificate` is a name with `{user}` in it".to_owned()]),
            },
            (_, _, _) => Err(vec!["it has one of `token`, `header` and `certificate`".to_owned()]),
        }
    }
}

fn is_header(name: &str) -> bool {
    name.starts_with("x-") && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The user's name that a header says: by the id, or as a name.
pub(crate) fn by_header(source: &str, headers: &BTreeMap<String, String>) -> Option<String> {
    let value = headers.get(source)?;
    user(value.strip_prefix("users/").unwrap_or(value))
}

/// The user's name that a certificate says.
pub(crate) fn by_certificate((before, after): (&str, &str), principal: &str) -> Option<String> {
    user(principal.strip_prefix(before)?.strip_suffix(after)?)
}

fn user(id: &str) -> Option<String> {
    let name = Collection::Users.name(id);
    named(Collection::Users, &name).is_ok().then_some(name)
}

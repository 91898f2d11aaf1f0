//! What a request at a gateway is about: its route, and the question that the route makes of it.
//!
//! A request that no route is for, or whose path two programs may read differently, meets none. Nothing here asks a question
//! or knows who the user is; that does `service::gateway`.

mod path;
mod route;
mod template;
#[cfg(test)]
mod tests;
mod user;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use matchit::Router;

use self::route::Route;
use crate::config::{CallersConfig, GatewayConfig};

pub use self::route::Access;
pub(crate) use self::user::{UserSource, by_certificate, by_header};

/// The routes of a configuration, and who its users are.
#[derive(Default)]
pub struct Gateway {
    routes: Vec<Route>,
    /// The routes of one host, by method.
    by_host: HashMap<String, ByMethod>,
    of_every_host: ByMethod,
    /// Whether any route is for a rest of paths, or for one that ends with `/`.
    has_open_ends: bool,
    /// Unset: no route asks.
    pub(crate) user: Option<UserSource>,
}

/// Indices of routes.
type ByMethod = HashMap<String, Router<usize>>;

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The method: `GET`.
    pub method: &'r str,
    /// The host, with or without its port.
    pub host: &'r str,
    /// The path, with or without its query.
    pub path: &'r str,
}

/// The route that a request meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met<'g> {
    /// The route's id.
    pub route: &'g str,
    /// The realm's name: `realms/eto`. Empty where everybody may pass.
    pub realm: &'g str,
    /// Who may pass.
    pub access: Access<'g>,
}

/// Why a request meets no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// Its path may be read in more than one way.
    UnsafePath,
    /// Its host may be read in more than one way.
    UnsafeHost,
    /// No route is for it.
    UnknownRoute,
    /// What stands in its path is nobody's and nothing's name.
    UnknownResource,
}

impl Unmet {
    /// Its name, as answers have it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnsafePath => "UNSAFE_PATH",
            Self::UnsafeHost => "UNSAFE_HOST",
            Self::UnknownRoute => "UNKNOWN_ROUTE",
            Self::UnknownResource => "UNKNOWN_RESOURCE",
        }
    }
}

impl Gateway {
    /// The gateway of a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of(config: &GatewayConfig, callers: &CallersConfig) -> Result<Self, Vec<String>> {
        let (mut gateway, mut faults) = (Self::default(), Vec::new());
        let mut ids = BTreeSet::new();
        for (index, one) in config.routes.iter().enumerate() {
            let mut fault = |what: String| faults.push(format!("`gateway.routes[{index}]`: {what}"));
            if !ids.insert(&one.id) {
                fault("another has the same `id`".to_owned());
            }
            match Route::of(one, config.realm.as_deref()) {
                Ok(route) => gateway.take(route, &one.hosts, &one.methods).into_iter().for_each(fault),
                Err(what) => what.into_iter().for_each(fault),
            }
        }
        let asking: Vec<&str> = gateway.routes.iter().filter_map(Route::asking_realm).collect();
        match UserSource::of(&config.user, callers, &asking) {
            Ok(user) => gateway.user = user,
            Err(what) => faults.extend(what.into_iter().map(|what| format!("`gateway.user`: {what}"))),
        }
        if faults.is_empty() { Ok(gateway) } else { Err(faults) }
    }

    /// Takes a route in; says where another is for the same requests.
    fn take(&mut self, route: Route, hosts: &[String], methods: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        let index = self.routes.len();
        let hosts = hosts.iter().map(Some).chain(hosts.is_empty().then_some(None));
        for host in hosts {
            let by_method = match host {
                Some(host) => self.by_host.entry(host.clone()).or_default(),
                None => &mut self.of_every_host,
            };
            for method in methods {
                let router = by_method.entry(method.clone()).or_default();
                if router.insert(route.path.clone(), index).is_err() {
                    let host = host.map(|host| format!(" at {host}")).unwrap_or_default();
                    faults.push(format!(
                        "another route is for the same {method}{host}, or has another kind of place there"
                    ));
                }
            }
        }
        self.has_open_ends |= route.has_open_end();
        self.routes.push(route);
        faults
    }

    /// The route that a request meets.
    ///
    /// # Errors
    /// Why it meets none.
    pub fn find(&self, asked: &Asked<'_>) -> Result<Met<'_>, Unmet> {
        let path = path::plain(asked.path).ok_or(Unmet::UnsafePath)?;
        let at_host = self.at_host(asked.host)?.and_then(|routes| routes.get(asked.method));
        let routers = || at_host.into_iter().chain(self.of_every_host.get(asked.method));
        let found = routers().find_map(|router| router.at(&path).ok()).ok_or(Unmet::UnknownRoute)?;
        let route = self.routes.get(*found.value).ok_or(Unmet::UnknownRoute)?;
        // To many programs a path with a `/` at its end is the one without: what is for a rest does not take it from another.
        if self.has_open_ends {
            let other = path.strip_suffix('/').map_or_else(|| Cow::Owned(format!("{path}/")), Cow::Borrowed);
            let meant = routers()
                .find_map(|router| router.at(&other).ok())
                .filter(|meant| meant.value != found.value);
            let meant = meant.and_then(|meant| self.routes.get(*meant.value));
            if meant.is_some_and(|meant| route.is_for_a_rest() || !meant.is_for_a_rest()) {
                return Err(Unmet::UnsafePath);
            }
        }
        route.met(&found.params)
    }

    /// The routes of a host; unset: those of every host are all there are for it.
    fn at_host(&self, host: &str) -> Result<Option<&ByMethod>, Unmet> {
        if self.by_host.is_empty() {
            return Ok(None);
        }
        let host = path::plain_host(host).ok_or(Unmet::UnsafeHost)?;
        Ok(self.by_host.get(&host))
    }
}

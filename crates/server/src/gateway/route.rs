//! One route: the requests that it is for, and what they are about.

use bailiwick_identity::RealmId;
use bailiwick_proto::parse::Collection;
use matchit::Params;

use super::template::{Name, places};
use super::{Met, Unmet};
use crate::config::{AllowConfig, RouteConfig, is_id};

/// What a capability may be about.
const RESOURCES: [Collection; 4] =
    [Collection::Customers, Collection::Units, Collection::Users, Collection::Systems];

/// A route.
pub(super) struct Route {
    id: String,
    /// As the router takes it.
    pub(super) path: String,
    /// The realm's name; empty where everybody may pass.
    realm: String,
    who: Who,
}

enum Who {
    Everybody,
    ActiveUsers,
    Capable { capability: String, resource: Name, record_classes: Vec<String>, unit: Option<Name> },
}

/// Who may pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access<'g> {
    /// Everybody, known or not.
    Everybody,
    /// Every active user of the realm.
    ActiveUsers,
    /// Whoever may do this.
    Capability {
        /// What: `customer.view`.
        capability: &'g str,
        /// To what: `customers/1001`.
        resource: String,
        /// The record classes that must be visible.
        record_classes: &'g [String],
        /// The unit that it is about: `units/team-1`. Empty: any.
        unit: String,
    },
}

impl Route {
    /// The route of a configuration; everything that is wrong with it otherwise.
    pub(super) fn of(one: &RouteConfig, default_realm: Option<&str>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        if !is_id(&one.id) {
            faults.push("`id` is 1 to 64 of `a` to `z`, `0` to `9` and `-`".to_owned());
        }
        for host in one.hosts.iter().filter(|host| !is_host(host)) {
            faults.push(format!("`{}` is no host: lower case, without its port", host.escape_debug()));
        }
        if one.methods.is_empty() {
            faults.push("`methods` says which: `GET`".to_owned());
        }
        for method in one.methods.iter().filter(|method| !is_method(method)) {
            faults.push(format!("`{}` is no method: `GET`", method.escape_debug()));
        }
        let who = who(one).map_err(|fault| faults.extend(fault)).ok();
        let realm = match (&who, one.realm.as_deref().or(default_realm)) {
            (Some(Who::Everybody), _) => String::new(),
            (_, Some(realm)) if RealmId::parse(realm).is_ok() => format!("realms/{realm}"),
            (_, Some(realm)) => {
                faults.push(format!("`{}` is no realm's id", realm.escape_debug()));
                String::new()
            }
            (_, None) => {
                faults.push("neither it nor `gateway` names a `realm`".to_owned());
                String::new()
            }
        };
        match who {
            Some(who) if faults.is_empty() => {
                Ok(Self { id: one.id.clone(), path: one.path.clone(), realm, who })
            }
            Some(_) | None => Err(faults),
        }
    }

    /// Whether it is for a rest of paths, or for one that ends with `/`.
    pub(super) fn has_open_end(&self) -> bool {
        self.path.ends_with('/') || self.is_for_a_rest()
    }

    /// Whether it is for a rest of paths.
    pub(super) fn is_for_a_rest(&self) -> bool {
        self.path.contains("{*")
    }

    /// The realm in which it asks who the user is, by its id.
    pub(super) fn asking_realm(&self) -> Option<&str> {
        self.realm.strip_prefix("realms/")
    }

    /// The route with what stands in a path.
    pub(super) fn met(&self, params: &Params<'_, '_>) -> Result<Met<'_>, Unmet> {
        let filled = |name: &Name| name.filled(params).ok_or(Unmet::UnknownResource);
        let access = match &self.who {
            Who::Everybody => Access::Everybody,
            Who::ActiveUsers => Access::ActiveUsers,
            Who::Capable { capability, resource, record_classes, unit } => Access::Capability {
                capability,
                resource: filled(resource)?,
                record_classes,
                unit: unit.as_ref().map(filled).transpose()?.unwrap_or_default(),
            },
        };
        Ok(Met { route: &self.id, realm: &self.realm, access })
    }
}

fn who(one: &RouteConfig) -> Result<Who, Vec<String>> {
    let places = places(&one.path).map_err(|fault| vec![fault])?;
    let (capability, resource) = match (&one.allow, &one.capability, &one.resource) {
        (Some(allow), None, None) if one.unit.is_none() && one.record_classes.is_empty() => {
            return Ok(match allow {
                AllowConfig::Everybody => Who::Everybody,
                AllowConfig::ActiveUsers => Who::ActiveUsers,
            });
        }
        (None, Some(capability), Some(resource)) => (capability, resource),
        (_, _, _) => return Err(vec!["it has either `capability` and `resource`, or `allow`".to_owned()]),
    };
    let mut faults = Vec::new();
    let mut read = |text: &str, of: &[Collection]| {
        Name::read(text, of, &places).map_err(|fault| faults.push(fault)).ok()
    };
    let resource = read(resource, &RESOURCES);
    let unit = one.unit.as_deref().map(|unit| read(unit, &[Collection::Units]));
    let unit = unit.flatten();
    if capability.is_empty() || !capability.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_'))
    {
        faults.push(format!("`{}` is no capability", capability.escape_debug()));
    }
    if one.record_classes.iter().any(String::is_empty) {
        faults.push("one of the `record_classes` is empty".to_owned());
    }
    match resource {
        Some(resource) if faults.is_empty() => Ok(Who::Capable {
            capability: capability.clone(),
            resource,
            record_classes: one.record_classes.clone(),
            unit,
        }),
        Some(_) | None => Err(faults),
    }
}

fn is_host(host: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !host.is_empty() && host.chars().all(good)
}

fn is_method(method: &str) -> bool {
    !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase() || c == '-')
}

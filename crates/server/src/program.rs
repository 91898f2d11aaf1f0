//! Programs that the configuration names: what each may do, and the name in a certificate by which it is known.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bailiwick_identity::RealmId;

use crate::config::{CallersConfig, GrantConfig, ProgramConfig, is_id};
use crate::issuer::Proven;
use crate::permission::Permission;
use crate::tls::Names;

/// A program that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// What the log calls it.
    pub(crate) id: String,
    pub(crate) grants: Vec<Grant>,
}

/// What it may do in some realms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) permissions: Vec<Permission>,
    /// Empty: every realm.
    pub(crate) realms: Vec<RealmId>,
}

/// All of them, by the names in their certificates, and by whose tokens they have.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    by_uri: HashMap<String, Arc<Program>>,
    by_dns: HashMap<String, Arc<Program>>,
    /// By the issuer's id, and the subject there.
    by_token: HashMap<String, HashMap<String, Arc<Program>>>,
}

impl Programs {
    /// Those of a configuration; every fault in it otherwise.
    pub(crate) fn of(callers: &CallersConfig) -> Result<Self, Vec<String>> {
        let (mut programs, mut faults) = (Self::default(), Vec::new());
        let mut ids = BTreeSet::new();
        for (index, one) in callers.programs.iter().enumerate() {
            let mut fault = |what: &str| faults.push(format!("`callers.programs[{index}]`: {what}"));
            if !is_id(&one.id) {
                fault("`id` is 1 to 64 of `a` to `z`, `0` to `9` and `-`");
            }
            if !ids.insert(&one.id) {
                fault("another has the same `id`");
            }
            let program = Arc::new(program(one, &mut fault));
            if let Err(what) = programs.know(one, program, callers) {
                fault(what);
            }
        }
        if faults.is_empty() { Ok(programs) } else { Err(faults) }
    }

    /// Takes a program in, by the one thing that it is known by.
    fn know(
        &mut self,
        one: &ProgramConfig,
        program: Arc<Program>,
        callers: &CallersConfig,
    ) -> Result<(), &'static str> {
        let taken = match (&one.spiffe, &one.dns, &one.token) {
            (Some(uri), None, None) if is_spiffe(uri) => self.by_uri.insert(uri.clone(), program),
            (Some(_), None, None) => {
                return Err("`spiffe` begins with `spiffe://`, a trust domain and a path");
            }
            (None, Some(name), None) if is_dns(name) => self.by_dns.insert(name.clone(), program),
            (None, Some(_), None) => return Err("`dns` is a name in lower case, without a wildcard"),
            (None, None, Some(token)) if token.subject.is_empty() => return Err("`token` has a `subject`"),
            (None, None, Some(token)) if callers.issuers.iter().any(|issuer| issuer.id == token.issuer) => {
                let of_issuer = self.by_token.entry(token.issuer.clone()).or_default();
                of_issuer.insert(token.subject.clone(), program)
            }
            (None, None, Some(_)) => return Err("the `issuer` of its `token` is none of `callers.issuers`"),
            (_, _, _) => return Err("it has either `spiffe`, `dns` or `token`"),
        };
        if taken.is_some() { Err("another is known by the same") } else { Ok(()) }
    }

    /// The program whose token it is, if it is a program's.
    pub(crate) fn proven(&self, proven: &Proven) -> Option<&Arc<Program>> {
        self.by_token.get(&proven.issuer.id)?.get(&proven.subject)
    }

    /// The one program that a certificate names; none where it names none, or several.
    pub(crate) fn named(&self, names: &Names) -> Option<&Arc<Program>> {
        let by_uri = names.uri.as_ref().and_then(|uri| self.by_uri.get(uri));
        let by_dns = names.dns.iter().filter_map(|name| self.by_dns.get(name));
        let mut found = by_uri.into_iter().chain(by_dns);
        let first = found.next()?;
        found.all(|other| other.id == first.id).then_some(first)
    }
}

/// A program; what is wrong with it is said.
fn program(one: &ProgramConfig, fault: &mut impl FnMut(&str)) -> Program {
    if one.grants.is_empty() {
        fault("without `grants` it may do nothing");
    }
    Program { id: one.id.clone(), grants: one.grants.iter().map(|one| grant(one, fault)).collect() }
}

/// What a program may do somewhere; what is wrong with it is said.
fn grant(one: &GrantConfig, fault: &mut impl FnMut(&str)) -> Grant {
    let mut grant = Grant { permissions: Vec::new(), realms: Vec::new() };
    for name in &one.permissions {
        match Permission::named(name) {
            Some(permission) => grant.permissions.push(permission),
            None => {
                let known = Permission::ALL.map(Permission::name).join(", ");
                fault(&format!("`{}` is no permission: {known}", name.escape_debug()));
            }
        }
    }
    if one.permissions.is_empty() {
        fault("a grant without `permissions` grants nothing");
    }
    for realm in &one.realms {
        match RealmId::parse(realm) {
            Ok(realm) => grant.realms.push(realm),
            Err(_) => fault(&format!("`{}` is no realm's id", realm.escape_debug())),
        }
    }
    grant
}

fn is_spiffe(uri: &str) -> bool {
    let parts = uri.strip_prefix("spiffe://").and_then(|rest| rest.split_once('/'));
    let good = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '%');
    parts.is_some_and(|(domain, path)| !domain.is_empty() && !path.is_empty()) && uri.chars().all(good)
}

fn is_dns(name: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !name.is_empty() && name.chars().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(id: &str, spiffe: Option<&str>, dns: Option<&str>) -> ProgramConfig {
        ProgramConfig {
            id: id.to_owned(),
            spiffe: spiffe.map(str::to_owned),
            dns: dns.map(str::to_owned),
            token: None,
            grants: vec![GrantConfig {
                permissions: vec!["check".to_owned()],
                realms: vec!["eto".to_owned()],
            }],
        }
    }

    fn of(programs: &[ProgramConfig]) -> Result<Programs, Vec<String>> {
        Programs::of(&CallersConfig { programs: programs.to_vec(), ..CallersConfig::default() })
    }

    #[test]
    fn a_certificate_names_one_program_exactly() {
        let all = [
            program("billing", Some("spiffe://example.org/billing"), None),
            program("desk", None, Some("desk.example.org")),
        ];
        let programs = of(&all).unwrap();
        let named = |uri: Option<&str>, dns: &[&str]| {
            let dns = dns.iter().map(|&name| name.to_owned()).collect();
            let names = Names { uri: uri.map(str::to_owned), dns };
            programs.named(&names).map(|program| program.id.clone())
        };
        assert_eq!(named(Some("spiffe://example.org/billing"), &[]).as_deref(), Some("billing"));
        assert_eq!(named(None, &["other.example.org", "desk.example.org"]).as_deref(), Some("desk"));
        for (uri, dns) in [
            (None, &[][..]),
            (Some("spiffe://example.org/billing/more"), &[]),
            (Some("spiffe://example.org/Billing"), &[]),
            (Some("spiffe://example.org"), &["sub.desk.example.org"]),
            // Of two, it is neither.
            (Some("spiffe://example.org/billing"), &["desk.example.org"]),
        ] {
            assert_eq!(named(uri, dns), None, "{uri:?} {dns:?}");
        }
    }

    #[test]
    fn every_fault_is_said() {
        let uri = Some("spiffe://example.org/a");
        let mut nothing = program("Nothing", None, None);
        nothing.grants[0] =
            GrantConfig { permissions: vec!["chekc".to_owned()], realms: vec!["no realm".to_owned()] };
        let all = [
            nothing,
            program("a", uri, None),
            program("a", uri, None),
            program("b", uri, Some("b.example.org")),
            program("c", Some("https://example.org/c"), None),
            program("d", None, Some("*.example.org")),
        ];
        let faults = of(&all).unwrap_err();
        assert_eq!(faults.len(), 9, "{faults:#?}");
        for (index, said) in
            [(0, "`chekc` is no permission"), (0, "no realm's id"), (2, "same `id`"), (5, "wildcard")]
        {
            let place = format!("`callers.programs[{index}]`");
            assert!(faults.iter().any(|fault| fault.contains(&place) && fault.contains(said)), "{said}");
        }
    }
}

//! Running scenarios: every case that does not go as expected is told, with its file, name, what was expected and
//! what came.

use std::fmt;
use std::sync::Arc;

use bailiwick_identity::Instant;
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Effect, Refusal};

use super::realm::{Failed, Realm};
use super::{Case, CommandTrial, Scenario, Trial, list, moment};
use crate::scheme_text;

/// A case that did not go as expected.
#[derive(Debug, Clone)]
pub struct Failure {
    /// `eto/roles:12 case`.
    pub place: String,
    /// What was expected and what came.
    pub problem: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    {}", self.place, self.problem)
    }
}

impl Scenario {
    /// Runs every case; answers with those that fail.
    #[must_use]
    pub fn run(&self) -> Vec<Failure> {
        let fresh = match self.build() {
            Ok(fresh) => fresh,
            Err(problem) => return vec![Failure { place: self.topic.clone(), problem }],
        };
        let mut failures = Vec::new();
        let mut realm = fresh.0.clone();
        for case in &self.cases {
            if !case.keep_going {
                realm = fresh.0.clone();
            }
            let problems = case.run(&mut realm, fresh.1).unwrap_or_else(|problem| vec![problem]);
            let place = format!("{}:{} {}", self.topic, case.line, case.name);
            failures.extend(problems.into_iter().map(|problem| Failure { place: place.clone(), problem }));
        }
        failures
    }

    fn build(&self) -> Result<(Realm, Instant), String> {
        let now = moment::read(&self.now, Instant::MIN)?;
        let faults = |faults: Vec<_>| format!("scheme `{}`: {faults:?}", self.scheme);
        let scheme = Scheme::parse(&scheme_text(&self.scheme)?).map_err(faults)?;
        Ok((self.world.build(Arc::new(scheme), now)?, now))
    }
}

impl Case {
    fn run(&self, realm: &mut Realm, now: Instant) -> Result<Vec<String>, String> {
        match &self.trial {
            Trial::Question(question) => question.0.ask(realm, now, &question.1),
            Trial::Command(command) => command.run(realm, now),
            Trial::Looking(looking) => looking.run(realm, now),
            Trial::AskedFor(asked) => asked.run(realm, now),
        }
    }
}

impl CommandTrial {
    fn run(&self, realm: &mut Realm, now: Instant) -> Result<Vec<String>, String> {
        let mut problems = Vec::new();
        match (realm.give(&self.given, now), &self.refused) {
            (Err(Failed::Unreadable(problem)), _) => return Err(problem),
            (Ok(effects), None) => problems.extend(self.compare_effects(realm, &effects)),
            (Ok(_), Some(code)) => problems.push(format!("expected refused:{code}, got accepted")),
            (Err(Failed::Refused(refusal)), None) => {
                return Err(format!("expected accepted, got refused:{refusal}"));
            }
            (Err(Failed::Refused(refusal)), Some(code)) => {
                problems.extend(self.compare_refusal(&refusal, code))
            }
        }
        for (asked, expected) in &self.then {
            problems.extend(asked.ask(realm, now, expected)?.into_iter().map(|p| format!("then {p}")));
        }
        Ok(problems)
    }

    fn compare_refusal(&self, refusal: &Refusal, code: &str) -> Option<String> {
        if refusal.reason.code() != code {
            return Some(format!("expected refused:{code}, got refused:{refusal}"));
        }
        let wanted = self.change?;
        let right = refusal.change == Some(wanted);
        (!right).then(|| format!("expected change {wanted} to be at fault, got {:?}", refusal.change))
    }

    fn compare_effects(&self, realm: &Realm, effects: &[Effect]) -> Option<String> {
        let wanted = self.tells.as_ref()?;
        let got: Vec<String> = effects.iter().map(|effect| tell(realm, effect)).collect();
        (wanted != &got).then(|| format!("expected the reply to tell {wanted:?}, got {got:?}"))
    }
}

/// An effect as scenarios name it.
fn tell(realm: &Realm, effect: &Effect) -> String {
    let unit = |unit| realm.state.world.node(unit).map(|n| n.unit.id.to_string()).unwrap_or_default();
    match effect {
        Effect::EndedExclusive { user, number } => format!("ended exclusive {user} #{number}"),
        Effect::ReactivatedElsewhere { user, number } => format!("reactivated elsewhere {user} #{number}"),
        Effect::GrantReactivatedElsewhere { user, system } => {
            let name = realm.state.scheme.system(*system).map(|s| s.name.clone()).unwrap_or_default();
            format!("reactivated elsewhere {user} {name}")
        }
        Effect::ReportingRoleCleared { user } => format!("reporting role cleared {user}"),
        Effect::Enabled { user } => format!("enabled {user}"),
        Effect::Suspended { user, number } => format!("suspended {user} #{number}"),
        Effect::RemainsFromAbove { user, number } => format!("remains from above {user} #{number}"),
        Effect::CaseEnded { user, customer, unit: at } => {
            format!("case ended {user} {customer} in {}", unit(*at))
        }
        Effect::CredentialsRevoked { user } => format!("credentials revoked {user}"),
        Effect::ActivationMailed { user } => format!("activation mailed {user}"),
        Effect::BelowMinimum { unit: at } => format!("below minimum {}", unit(*at)),
        Effect::Imported(row) => list::tell(row),
    }
}

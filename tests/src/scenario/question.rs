//! Questions in scenarios, and the answers expected.
//!
//! `bob customer.view customers/c1, in n1, classes {program contact}, at now+1d`

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::Instant;
use bailiwick_policy::scheme::{CapIx, ClassSet, Resource, Scheme};
use bailiwick_policy::{Answer, Question, Reason, Target, Verdict, check, sight};

use super::explained;
use super::moment;
use super::realm::Realm;
use super::words::clauses;
use crate::reading::Fields;

/// A question as a scenario asks it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    phrase: String,
    subject: String,
    capability: String,
    resource: (String, String),
    unit: Option<String>,
    classes: Option<Vec<String>>,
    at: Option<String>,
}

/// What is expected of an answer; what is not said is not compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// `allowed` or `denied:REASON`.
    pub(crate) verdict: String,
    visible: Option<BTreeSet<String>>,
    redacted: Option<BTreeSet<String>>,
    through: Option<BTreeMap<String, BTreeSet<String>>>,
    /// An instant, or `never`.
    valid_until: Option<String>,
    /// The deciding assignment: `staff at n1`.
    by: Option<String>,
    /// Of a user: the assignments shown.
    shows: Option<BTreeSet<String>>,
    /// Of a user: how many more there are.
    others: Option<usize>,
    /// Of an explanation.
    explained: explained::Expected,
}

impl Expected {
    /// Takes the keys that say what is expected.
    pub(crate) fn read(fields: &mut Fields<'_>, verdict: String) -> Result<Self, String> {
        let mut set = |key: &str| -> Result<Option<BTreeSet<String>>, String> {
            let item = fields.take(key);
            let texts = item.map(|i| i.list().into_iter().map(|i| i.text()).collect());
            texts.transpose()
        };
        let (visible, redacted, shows) = (set("visible")?, set("redacted")?, set("shows")?);
        let mut through = None;
        if let Some(table) = fields.table("through")? {
            let mut units = BTreeMap::new();
            for (unit, classes) in table.rest() {
                units.insert(unit, classes.list().into_iter().map(|c| c.text()).collect::<Result<_, _>>()?);
            }
            through = Some(units);
        }
        let (valid_until, by, others) =
            (fields.text("valid_until")?, fields.text("by")?, fields.number("others")?);
        let explained = explained::Expected::read(fields)?;
        Ok(Self { verdict, visible, redacted, through, valid_until, by, shows, others, explained })
    }

    /// Whether an allowing answer is expected.
    pub(crate) fn is_allowed(&self) -> bool {
        self.verdict == "allowed"
    }

    /// Whether an allowing answer is expected; an unknown verdict is a fault.
    pub(crate) fn allows(&self) -> Result<bool, String> {
        match self.verdict.strip_prefix("denied:") {
            None if self.verdict == "allowed" => Ok(true),
            Some(code) if Reason::ALL.iter().any(|r| r.code() == code) => Ok(false),
            _ => Err(format!("`{}`: `allowed` or `denied:REASON` is wanted", self.verdict)),
        }
    }
}

impl Asked {
    /// Reads a question.
    pub(crate) fn read(phrase: &str) -> Result<Self, String> {
        let clauses = clauses(phrase)?;
        let fault = || {
            format!("`{phrase}`: `WHO CAPABILITY KIND/ID [, in UNIT] [, classes {{…}}] [, at T]` is wanted")
        };
        let (first, rest) = clauses.split_first().ok_or_else(fault)?;
        let words = first.words();
        let [subject, capability, resource] = words.as_slice() else { return Err(fault()) };
        let (kind, id) = resource.split_once('/').ok_or_else(fault)?;
        let mut asked = Self {
            phrase: phrase.to_owned(),
            subject: (*subject).to_owned(),
            capability: (*capability).to_owned(),
            resource: (kind.to_owned(), id.to_owned()),
            unit: None,
            classes: None,
            at: None,
        };
        for clause in rest {
            match (clause.words().as_slice(), &clause.set) {
                (["in", unit], None) => asked.unit = Some((*unit).to_owned()),
                (["classes"], Some(names)) => asked.classes = Some(names.clone()),
                (["at", at], None) => asked.at = Some((*at).to_owned()),
                _ => return Err(fault()),
            }
        }
        Ok(asked)
    }

    /// Reads `QUESTION: VERDICT`.
    pub(crate) fn with_verdict(phrase: &str) -> Result<(Self, Expected), String> {
        let (question, verdict) = phrase.rsplit_once(": ").ok_or_else(|| format!("`{phrase}`: no answer"))?;
        let expected = Expected { verdict: verdict.trim().to_owned(), ..Expected::default() };
        expected.allows()?;
        Ok((Self::read(question)?, expected))
    }

    /// Asks, and tells every difference from what is expected.
    pub(crate) fn ask(
        &self,
        realm: &Realm,
        now: Instant,
        expected: &Expected,
    ) -> Result<Vec<String>, String> {
        let scheme = &realm.state.scheme;
        let now = match &self.at {
            Some(at) => moment::read(at, now)?,
            None => realm.state.live_instant(now),
        };
        let (capability, resource) = self.capability(scheme)?;
        let classes = self.class_set(scheme)?;
        let unit = self.unit.as_deref();
        if unit.is_some_and(|unit| realm.state.world.unit_ix(unit).is_none())
            && !expected.verdict.ends_with("UNKNOWN_RESOURCE")
        {
            return Err(format!("`{}`: no such unit in the world", self.phrase));
        }
        let question = Question {
            subject: &self.subject,
            capability,
            resource: self.target(scheme, resource)?,
            classes,
            at: unit,
        };
        let answer = check(&realm.state.world, scheme, &question, now);
        let mut told = Told { realm, asked: self, now, differences: Vec::new() };
        told.compare(&answer, expected)?;
        let explained = expected.explained.differences(realm, &question, now);
        told.differences.extend(explained.iter().map(|one| format!("{}: {one}", self.phrase)));
        Ok(told.differences)
    }

    fn capability(&self, scheme: &Scheme) -> Result<(CapIx, Resource), String> {
        let unknown = || format!("`{}`: the scheme has no `{}`", self.phrase, self.capability);
        let ix = scheme.capability_named(&self.capability).ok_or_else(unknown)?;
        let resource = scheme.capability(ix).ok_or_else(unknown)?.resource;
        let of = match resource {
            Resource::Unit => "units",
            Resource::Customer => "customers",
            Resource::User => "users",
            Resource::System => "systems",
        };
        if of != self.resource.0 {
            return Err(format!("`{}`: `{}` is asked about {of}", self.phrase, self.capability));
        }
        Ok((ix, resource))
    }

    fn target<'a>(&'a self, scheme: &Scheme, resource: Resource) -> Result<Target<'a>, String> {
        let id = self.resource.1.as_str();
        Ok(match resource {
            Resource::Unit => Target::Unit(id),
            Resource::Customer => Target::Customer(id),
            Resource::User => Target::User(id),
            Resource::System => Target::System(
                scheme.system_named(id).ok_or_else(|| format!("`{}`: no such system", self.phrase))?,
            ),
        })
    }

    fn class_set(&self, scheme: &Scheme) -> Result<Option<ClassSet>, String> {
        let Some(names) = &self.classes else { return Ok(None) };
        let mut set = ClassSet::EMPTY;
        for name in names {
            let class =
                scheme.class_named(name).ok_or_else(|| format!("`{}`: no class `{name}`", self.phrase))?;
            set = set.union(class);
        }
        Ok(Some(set))
    }
}

/// An answer that is compared with what was expected.
struct Told<'a> {
    realm: &'a Realm,
    asked: &'a Asked,
    now: Instant,
    differences: Vec<String>,
}

impl Told<'_> {
    fn compare(&mut self, answer: &Answer, expected: &Expected) -> Result<(), String> {
        let verdict = match answer.verdict {
            Verdict::Allowed => "allowed".to_owned(),
            Verdict::Denied(reason) => format!("denied:{}", reason.code()),
        };
        self.expect("", &expected.verdict, &verdict);
        if let Some(visible) = &expected.visible {
            self.expect("visible ", visible, &self.classes(answer.visible));
        }
        if let Some(redacted) = &expected.redacted {
            self.expect("redacted ", redacted, &self.classes(answer.redacted));
        }
        if let Some(through) = &expected.through {
            let got: BTreeMap<String, BTreeSet<String>> =
                answer.through.iter().map(|t| (self.realm.unit(t.unit), self.classes(t.classes))).collect();
            self.expect("through ", through, &got);
        }
        if let Some(wanted) = &expected.valid_until {
            let wanted = if wanted == "never" { None } else { Some(moment::read(wanted, self.now)?) };
            self.expect("valid until ", &wanted, &answer.valid_until);
        }
        if let Some(by) = &expected.by {
            let got = answer.deciding.map_or_else(
                || "nothing".to_owned(),
                |d| format!("{} at {}", self.realm.role(d.role), self.realm.unit(d.unit)),
            );
            self.expect("by ", by, &got);
        }
        if expected.shows.is_some() || expected.others.is_some() {
            self.compare_sight(expected);
        }
        Ok(())
    }

    fn compare_sight(&mut self, expected: &Expected) {
        let world = &self.realm.state.world;
        let users = (world.user_ix(&self.asked.subject), world.user_ix(&self.asked.resource.1));
        let (Some(actor), Some(other)) = users else {
            self.differences.push(format!("{}: nobody to be seen", self.asked.phrase));
            return;
        };
        let seen = sight(world, &self.realm.state.scheme, actor, other, self.now);
        let shown = seen.as_ref().map(|seen| {
            let held = world.user(other).into_iter().flat_map(|u| u.assignments());
            held.filter(|a| seen.assignments.contains(&a.number))
                .map(|a| format!("{} at {}", self.realm.role(a.role), self.realm.unit(a.unit)))
                .collect::<BTreeSet<_>>()
        });
        if let Some(shows) = &expected.shows {
            self.expect("shows ", &Some(shows), &shown.as_ref());
        }
        if let Some(others) = expected.others {
            self.expect("others ", &Some(others), &seen.map(|s| s.others));
        }
    }

    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, wanted: &T, got: &T) {
        if wanted != got {
            self.differences.push(format!("{}: {what}expected {wanted:?}, got {got:?}", self.asked.phrase));
        }
    }

    fn classes(&self, set: ClassSet) -> BTreeSet<String> {
        let names = self.realm.state.scheme.classes();
        set.iter().filter_map(|ix| names.get(ix).cloned()).collect()
    }
}

//! Explanations in scenarios: the ranks that were compared, and single changes that would help.
//!
//! ```text
//! compared = "lowest staff (50) at north, highest of the other program-manager (60) at south"
//! would_help = ["assign staff at n1", "reinstate staff at north", "place at n1", "restore n1", "enable"]
//! would_not_help = ["change staff at north to intake"]
//! ```

use bailiwick_identity::Instant;
use bailiwick_membership::{UnitIx, UserManagement};
use bailiwick_policy::{Compared, Explanation, Question, Ranked, Remedy, explain};

use super::realm::Realm;
use crate::reading::Fields;

/// What is expected of an explanation; what is not said is not compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    compared: Option<String>,
    /// Each is among the remedies; where it is empty, there are none.
    would_help: Option<Vec<String>>,
    would_not_help: Vec<String>,
}

impl Expected {
    /// Takes the keys that say what is expected.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, String> {
        let would_help = fields.take("would_help").map(|item| item.list().into_iter().map(|i| i.text()));
        Ok(Self {
            compared: fields.text("compared")?,
            would_help: would_help.map(Iterator::collect).transpose()?,
            would_not_help: fields.texts("would_not_help")?,
        })
    }

    /// Every difference from what is expected.
    pub(super) fn differences(&self, realm: &Realm, question: &Question<'_>, now: Instant) -> Vec<String> {
        let state = &realm.state;
        let explained = explain(&state.world, &state.scheme, question, now, |_| true);
        let names = Names { realm, question };
        let told: Vec<String> = explained.remedies.iter().map(|&remedy| names.remedy(remedy)).collect();
        let mut differences = Vec::new();
        if let Some(wanted) = &self.compared {
            let got = names.compared(&explained);
            if *wanted != got {
                differences.push(format!("compared expected `{wanted}`, got `{got}`"));
            }
        }
        let wanted = self.would_help.as_deref().unwrap_or_default();
        let none_wanted = self.would_help.as_ref().is_some_and(Vec::is_empty);
        if (none_wanted && !told.is_empty()) || !wanted.iter().all(|one| told.contains(one)) {
            differences.push(format!("would help expected {wanted:?}, got {told:?}"));
        }
        let unwanted = self.would_not_help.iter().filter(|one| told.contains(one));
        differences.extend(unwanted.map(|one| format!("`{one}` is said to help")));
        differences
    }
}

/// What things are called.
struct Names<'a> {
    realm: &'a Realm,
    question: &'a Question<'a>,
}

impl Names<'_> {
    fn compared(&self, explained: &Explanation) -> String {
        let ranked = |ranked: Option<Ranked>| match ranked {
            Some(Ranked { rank, by }) => {
                format!("{} ({}) at {}", self.realm.role(by.role), rank.0, self.realm.unit(by.unit))
            }
            None => "none".to_owned(),
        };
        match explained.compared {
            None => "nothing".to_owned(),
            Some(Compared::Users { lowest, highest, gap: _ }) => {
                format!("lowest {}, highest of the other {}", ranked(lowest), ranked(highest))
            }
            Some(Compared::System { highest, minimum }) => {
                format!("highest {}, minimum {}", ranked(highest), minimum.0)
            }
        }
    }

    fn remedy(&self, remedy: Remedy) -> String {
        let held = |number: u32| {
            let world = &self.realm.state.world;
            let user = world.user_ix(self.question.subject).and_then(|ix| world.user(ix));
            let held = user.and_then(|user| user.assignments().find(|held| held.number == number));
            held.map_or_else(String::new, |held| {
                format!("{} at {}", self.realm.role(held.role), self.realm.unit(held.unit))
            })
        };
        let unit = |unit: UnitIx| self.realm.unit(unit);
        let manages = |far: UserManagement| match far {
            UserManagement::None => "",
            UserManagement::View => ", views users",
            UserManagement::Manage => ", manages users",
        };
        match remedy {
            Remedy::Enable => "enable".to_owned(),
            Remedy::Reinstate(number) => format!("reinstate {}", held(number)),
            Remedy::Start(number) => format!("start {}", held(number)),
            Remedy::SwitchOn(number, far) => format!("switch on {}{}", held(number), manages(far)),
            Remedy::AddToCaseload(at) => format!("add to the caseload at {}", unit(at)),
            Remedy::Exempt(number, at) => format!("exempt {} for {}", unit(at), held(number)),
            Remedy::LiftRestriction(number) => format!("lift the restriction of {}", held(number)),
            Remedy::Place(at) => format!("place at {}", unit(at)),
            Remedy::ReinstateGrant => "reinstate the grant".to_owned(),
            Remedy::Grant => "grant".to_owned(),
            Remedy::Report(role) => {
                let role = self.realm.state.scheme.reporting_role(role);
                format!("report as {}", role.map(|role| role.name.as_str()).unwrap_or_default())
            }
            Remedy::Restore(at) => format!("restore {}", unit(at)),
            Remedy::ChangeRole(number, role) => {
                format!("change {} to {}", held(number), self.realm.role(role))
            }
            Remedy::Assign(role, at, far) => {
                format!("assign {} at {}{}", self.realm.role(role), unit(at), manages(far))
            }
        }
    }
}

//! Rule sentences: every sentence of the documents that says what somebody may or may not, and the scenarios that
//! show it.
//!
//! ```toml
//! document = "eto-manage-user-accounts"
//!
//! [[sentence]]
//! id = "eto/instructions/step-7"            # document, section, step
//! says = "An enabled account can be disabled from the list"
//! allow = "eto/disable: a manager disables somebody of lower rank"
//! deny = "eto/disable: nobody disables somebody of higher rank"
//!
//! [[sentence]]
//! id = "eto/instructions/edit-cancel"
//! says = "Cancel leaves without saving"
//! not_about_access = "a button of the page"
//! ```
//!
//! `allow` and `deny` may be lists. A scenario is named by its file and its case. What a scenario cannot show, because only
//! what goes over the wire has it, is named by its test: `wire/lists: people_are_sorted_by_their_role`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::reading::{Fields, Source, files};
use crate::scenario::{Case, Scenario};
use crate::wire::WireTests;

/// A rule sentence.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// `eto/instructions/step-7`.
    pub id: String,
    /// A paraphrase.
    pub says: String,
    /// Where it stands in the project.
    pub standing: Standing,
    place: String,
}

/// How a sentence is proved, or why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// By scenarios.
    Shown {
        /// Those in which somebody may.
        allow: Vec<String>,
        /// Those in which somebody may not.
        deny: Vec<String>,
    },
    /// It says nothing about access.
    NotAboutAccess(String),
}

impl Sentence {
    fn read(mut fields: Fields<'_>) -> Result<Self, String> {
        let (id, says) = (fields.needed("id")?, fields.needed("says")?);
        let place = fields.fault(&id);
        let (allow, deny) = (fields.texts("allow")?, fields.texts("deny")?);
        let not = fields.text("not_about_access")?;
        fields.done()?;
        let standing = match (allow.is_empty(), deny.is_empty(), not) {
            (false, false, None) => Standing::Shown { allow, deny },
            (true, true, Some(reason)) => Standing::NotAboutAccess(reason),
            _ => return Err(format!("{place}: `allow` and `deny`, or `not_about_access` is wanted")),
        };
        Ok(Self { id, says, standing, place })
    }

    /// Every sentence of a folder's files.
    ///
    /// # Errors
    /// Every file that cannot be read, and every id that is there twice.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, Vec<String>> {
        let (mut sentences, mut faults): (Vec<Self>, Vec<String>) = (Vec::new(), Vec::new());
        for path in files(folder, "toml").map_err(|fault| vec![fault])? {
            match read_file(&path) {
                Ok(mut read) => sentences.append(&mut read),
                Err(fault) => faults.push(fault),
            }
        }
        let mut ids = BTreeSet::new();
        faults.extend(
            sentences.iter().filter(|s| !ids.insert(&s.id)).map(|s| format!("{}: a second time", s.place)),
        );
        if faults.is_empty() { Ok(sentences) } else { Err(faults) }
    }
}

fn read_file(path: &Path) -> Result<Vec<Sentence>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let source = Source { name: &name, text: &text };
    let mut fields = source.read()?;
    let _for_readers = fields.needed("document")?;
    let sentences: Result<Vec<_>, _> =
        fields.list("sentence").into_iter().map(|item| item.fields().and_then(Sentence::read)).collect();
    fields.done()?;
    sentences
}

/// Every name that is no scenario or test, and every scenario that shows the opposite of what it is named for.
#[must_use]
pub fn faults(sentences: &[Sentence], scenarios: &[Scenario], wire: &WireTests) -> Vec<String> {
    let cases: BTreeMap<String, &Case> = scenarios
        .iter()
        .flat_map(|scenario| scenario.cases.iter().map(|c| (format!("{}: {}", scenario.topic, c.name), c)))
        .collect();
    let mut faults = Vec::new();
    for sentence in sentences {
        let Standing::Shown { allow, deny } = &sentence.standing else { continue };
        let allow = allow.iter().map(|name| (name, "allow", Case::allows as fn(&Case) -> bool));
        let deny = deny.iter().map(|name| (name, "deny", Case::denies as fn(&Case) -> bool));
        for (name, under, shows) in allow.chain(deny) {
            match cases.get(name) {
                None if wire.has(name) => {}
                None => faults.push(format!("{}: no case `{name}`", sentence.place)),
                Some(case) if !shows(case) => {
                    faults.push(format!("{}: `{name}` shows nothing of the kind `{under}`", sentence.place));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

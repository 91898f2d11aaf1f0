//! Scenarios: a world, questions and commands, and what is expected of each, in files that a person from the
//! business can read.
//!
//! ```toml
//! about = "Who sees a customer"
//! scheme = "eto"
//! now = "2026-03-02"
//!
//! [world]                       # see `world`
//! units = """
//! enterprise acme
//!   site north
//!     program n1
//! """
//! users.stan = "staff at north, only {n1}"
//! customers.c1 = "n1"
//!
//! [[case]]                      # a question: see `question`
//! name = "staff sees a customer of a selected program"
//! ask = "stan customer.view customers/c1"
//! expect = "allowed"            # or `denied:REASON`
//!
//! [[case]]                      # a command: see `command` and `change`
//! name = "staff hands out nothing"
//! actor = "stan"                # without: an operator
//! user = "stan"
//! do = "assign intake at north, only {n1}"
//! expect = "refused:SELF"       # or `accepted`
//! then = ["stan customer.view customers/c1: allowed"]
//!
//! [[case]]                      # a search for somebody: see `looking`
//! name = "a manager finds who is there"
//! actor = "mona"
//! look_for = "email 'stan@example.org'"
//! expect = "EMAIL_BUT_DETAILS_DIFFER"
//! found = ["stan"]
//! ```
//!
//! Instead of `user` and `do`, a command may have a `list` of people: see `list`. What is asked for and waits for its
//! approvers: see `asked_for`.
//!
//! Every case is tried on the fresh world, unless it says `continue = true`: then on what the case before it left.
//! Expected answers are written from the documents and the design, never from what the code answers.

mod asked_for;
mod assignment;
mod change;
mod command;
mod explained;
mod list;
mod looking;
mod moment;
mod people;
mod question;
mod realm;
mod run;
mod secret;
mod unit_tree;
mod words;
mod world;

use std::path::Path;

use asked_for::AskedFor;
use bailiwick_policy::Reason;
use looking::Looking;
use question::{Asked, Expected};
pub use run::Failure;
use world::World;

use crate::reading::{Fields, Source, files};

/// Reads units drawn as in a world, parents before those below them.
///
/// # Errors
/// When a line is none of a tree, or a unit is archived.
pub(crate) fn draw_units(text: &str) -> Result<Vec<bailiwick_realm::NewUnit>, String> {
    unit_tree::read(text)?
        .into_iter()
        .map(
            |planned| {
                if planned.archived { Err("no unit is archived here".to_owned()) } else { Ok(planned.unit) }
            },
        )
        .collect()
}

/// One file of scenarios.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// `eto/roles`: the file, without its ending.
    pub topic: String,
    scheme: String,
    now: String,
    world: World,
    /// What is tried, in order.
    pub cases: Vec<Case>,
}

/// One thing tried.
#[derive(Debug, Clone)]
pub struct Case {
    /// A short sentence, unlike any other of the file.
    pub name: String,
    line: usize,
    keep_going: bool,
    trial: Trial,
}

#[derive(Debug, Clone)]
enum Trial {
    Question(Box<(Asked, Expected)>),
    Command(Box<CommandTrial>),
    Looking(Box<Looking>),
    AskedFor(Box<AskedFor>),
}

#[derive(Debug, Clone)]
struct CommandTrial {
    given: command::Given,
    /// The reason of a refusal that is expected.
    refused: Option<String>,
    /// The index of the change at fault.
    change: Option<usize>,
    /// Effects that the reply tells, as `KIND user number`.
    tells: Option<Vec<String>>,
    then: Vec<(Asked, Expected)>,
}

impl Case {
    /// Whether the case shows something that is allowed: the answer itself, or one asked after a command.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.verdicts().any(|allowed| allowed)
    }

    /// Whether the case shows something that is denied: the answer itself, or one asked after a command.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.verdicts().any(|allowed| !allowed)
    }

    fn verdicts(&self) -> impl Iterator<Item = bool> {
        let (first, then) = match &self.trial {
            Trial::Question(question) => (question.1.is_allowed(), [].as_slice()),
            Trial::Command(command) => (command.refused.is_none(), command.then.as_slice()),
            Trial::Looking(looking) => (looking.finds(), [].as_slice()),
            Trial::AskedFor(asked) => (asked.goes_on(), asked.then()),
        };
        std::iter::once(first).chain(then.iter().map(|(_, expected)| expected.is_allowed()))
    }

    fn read(mut fields: Fields<'_>) -> Result<Self, String> {
        let name = fields.needed("name")?;
        let line = fields.line();
        let place = fields.fault(&format!("case `{name}`"));
        let keep_going = fields.flag("continue")?;
        let expect = fields.needed("expect")?;
        let trial = match (fields.text("ask")?, fields.text("look_for")?) {
            (None, Some(phrase)) => Trial::Looking(Box::new(Looking::read(&mut fields, phrase, expect)?)),
            (Some(ask), _) => {
                let expected = Expected::read(&mut fields, expect)?;
                expected.allows().map_err(|problem| format!("{place}: {problem}"))?;
                let asked = Asked::read(&ask).map_err(|problem| format!("{place}: {problem}"))?;
                Trial::Question(Box::new((asked, expected)))
            }
            (None, None) => match AskedFor::read(&mut fields, &expect, &place)? {
                Some(asked) => Trial::AskedFor(Box::new(asked)),
                None => Trial::Command(Box::new(CommandTrial::read(&mut fields, &expect, &place)?)),
            },
        };
        fields.done()?;
        Ok(Self { name, line, keep_going, trial })
    }
}

impl CommandTrial {
    fn read(fields: &mut Fields<'_>, expect: &str, place: &str) -> Result<Self, String> {
        let refused = match expect.strip_prefix("refused:") {
            None if expect == "accepted" => None,
            Some(code) if Reason::ALL.iter().any(|r| r.code() == code) => Some(code.to_owned()),
            _ => return Err(format!("{place}: `{expect}`: `accepted` or `refused:REASON` is wanted")),
        };
        let tells = fields.take("tells").map(|i| i.list().into_iter().map(|i| i.text()).collect());
        let then = fields.texts("then")?;
        Ok(Self {
            given: command::Given::read(fields)?,
            refused,
            change: fields.number("change")?,
            tells: tells.transpose()?,
            then: then
                .iter()
                .map(|phrase| Asked::with_verdict(phrase).map_err(|problem| format!("{place}: {problem}")))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Scenario {
    /// Reads a file of scenarios.
    ///
    /// # Errors
    /// Where the file cannot be read, with file and line.
    pub fn read(topic: &str, text: &str) -> Result<Self, String> {
        let source = Source { name: topic, text };
        let mut fields = source.read()?;
        let _for_readers = fields.needed("about")?;
        let scheme = fields.needed("scheme")?;
        let now = fields.needed("now")?;
        let world = fields.table("world")?.ok_or_else(|| format!("{topic}: `world` is missing"))?;
        let world = World::read(world)?;
        let mut cases: Vec<Case> = Vec::new();
        for item in fields.list("case") {
            let case = Case::read(item.fields()?)?;
            if cases.iter().any(|other| other.name == case.name) {
                return Err(format!("{topic}:{}: a second case `{}`", case.line, case.name));
            }
            cases.push(case);
        }
        fields.done()?;
        Ok(Self { topic: topic.to_owned(), scheme, now, world, cases })
    }

    /// Reads every file of a folder and the folders below.
    ///
    /// # Errors
    /// Every file that cannot be read.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, Vec<String>> {
        let (mut scenarios, mut faults) = (Vec::new(), Vec::new());
        for path in files(folder, "toml").map_err(|fault| vec![fault])? {
            let topic = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
            let topic = topic.to_string_lossy();
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{topic}: {error}"));
            match text.and_then(|text| Self::read(&topic, &text)) {
                Ok(scenario) => scenarios.push(scenario),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(scenarios) } else { Err(faults) }
    }
}

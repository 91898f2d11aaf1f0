//! Splitting a world into commands of at most 1,000 changes that may be sent again.
//!
//! Every step has the request id `load:{sha256 of the file}:{number}`: a load that was killed half-way is run again
//! from the beginning, and what is there already is answered and not done twice. The numbers depend on the file
//! alone, so the same file always gives the same steps.

use bailiwick_proto::v1;

use super::{World, size};
use crate::Error;

/// The most changes that one command may make.
const MOST_CHANGES: usize = 1_000;
/// The most bytes of one command: servers take 1 MiB.
const MOST_BYTES: usize = 900 * 1024;

/// The commands that load a world, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps. Each needs those before it.
    pub steps: Vec<Step>,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Loads items.
    Load {
        /// The command.
        request: v1::LoadWorldRequest,
        /// The line of each item in the file, from 1.
        lines: Vec<usize>,
    },
    /// Suspends what a user holds.
    Suspend {
        /// The command.
        request: v1::ManageUserRequest,
        /// The line of the user in the file, from 1.
        line: usize,
    },
    /// Archives a unit.
    Archive {
        /// The command.
        request: v1::ArchiveUnitRequest,
        /// The line of the unit in the file, from 1.
        line: usize,
    },
}

impl Plan {
    /// The steps that load a world into a realm (`realms/eto`).
    #[must_use]
    pub fn new(world: &World, realm: &str) -> Self {
        let mut steps = load_steps(world, realm);
        for suspended in &world.suspended {
            steps.extend(suspended.changes.chunks(MOST_CHANGES).map(|changes| Step::Suspend {
                request: v1::ManageUserRequest {
                    realm: realm.to_owned(),
                    user: suspended.user.clone(),
                    changes: changes.to_vec(),
                    ..Default::default()
                },
                line: suspended.line,
            }));
        }
        steps.extend(world.archived.iter().map(|archived| Step::Archive {
            request: v1::ArchiveUnitRequest {
                realm: realm.to_owned(),
                unit: archived.unit.clone(),
                ..Default::default()
            },
            line: archived.line,
        }));
        for (number, step) in (1_usize..).zip(&mut steps) {
            step.set_request_id(format!("load:{}:{number}", world.digest));
        }
        Self { steps }
    }
}

impl Step {
    /// How many entries of the file it brings about.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Load { lines, .. } => lines.len(),
            Self::Suspend { request, .. } => request.changes.len(),
            Self::Archive { .. } => 1,
        }
    }

    /// The name under which it may be sent again.
    #[must_use]
    pub fn request_id(&self) -> &str {
        match self {
            Self::Load { request, .. } => &request.request_id,
            Self::Suspend { request, .. } => &request.request_id,
            Self::Archive { request, .. } => &request.request_id,
        }
    }

    /// The line of the file that a refusal is about, as far as it says so.
    #[must_use]
    pub fn line(&self, error: &Error) -> Option<usize> {
        match self {
            Self::Load { lines, .. } => {
                let named = error.fields.iter().find_map(|violation| item_of(&violation.field));
                error.index.or(named).and_then(|index| lines.get(index)).copied()
            }
            Self::Suspend { line, .. } | Self::Archive { line, .. } => Some(*line),
        }
    }

    fn set_request_id(&mut self, id: String) {
        match self {
            Self::Load { request, .. } => request.request_id = id,
            Self::Suspend { request, .. } => request.request_id = id,
            Self::Archive { request, .. } => request.request_id = id,
        }
    }
}

/// The index in `items[3].user.home_unit`.
fn item_of(field: &str) -> Option<usize> {
    field.strip_prefix("items[")?.split_once(']')?.0.parse().ok()
}

fn load_steps(world: &World, realm: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut items, mut lines, mut changes, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
    for item in &world.items {
        let (more_changes, more_bytes) = (size::changes(&item.item), size::bytes(&item.item));
        let full = changes + more_changes > MOST_CHANGES || bytes + more_bytes > MOST_BYTES;
        if full && !items.is_empty() {
            steps.push(load(realm, std::mem::take(&mut items), std::mem::take(&mut lines)));
            (changes, bytes) = (0, 0);
        }
        items.push(item.item.clone());
        lines.push(item.line);
        changes += more_changes;
        bytes += more_bytes;
    }
    if !items.is_empty() {
        steps.push(load(realm, items, lines));
    }
    steps
}

fn load(realm: &str, items: Vec<v1::LoadItem>, lines: Vec<usize>) -> Step {
    let request = v1::LoadWorldRequest { realm: realm.to_owned(), items, ..Default::default() };
    Step::Load { request, lines }
}

//! Units in scenarios, as a tree drawn by indentation:
//!
//! ```text
//! enterprise acme
//!   site north 'North site'
//!     program n1
//!     program n2 archived
//!   site south
//!     program both also below {north}
//! ```

use bailiwick_identity::UnitId;
use bailiwick_realm::NewUnit;

use super::words::clauses;

/// A unit of a world.
pub(crate) struct Planned {
    pub(crate) unit: NewUnit,
    pub(crate) archived: bool,
}

/// Reads a tree. Parents come before those below them.
///
/// # Errors
/// When a line is none of a tree.
pub(crate) fn read(text: &str) -> Result<Vec<Planned>, String> {
    let mut planned: Vec<Planned> = Vec::new();
    let mut above: Vec<(usize, UnitId)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let depth = line.len() - line.trim_start().len();
        above.retain(|(d, _)| *d < depth);
        let mut unit = read_line(line)?;
        if let Some((_, parent)) = above.last() {
            unit.unit.parents.insert(0, parent.clone());
        }
        above.push((depth, unit.unit.id.clone()));
        planned.push(unit);
    }
    parents_first(planned)
}

fn read_line(line: &str) -> Result<Planned, String> {
    let [clause] = <[_; 1]>::try_from(clauses(line)?).map_err(|_| format!("`{line}`: one unit on a line"))?;
    let words = clause.words();
    let (archived, words) = match words.as_slice() {
        [rest @ .., "archived"] => (true, rest),
        all => (false, all),
    };
    let (kind, id, parents) = match (words, clause.set.clone()) {
        ([kind, id], None) => (kind, id, Vec::new()),
        ([kind, id, "also", "below"], Some(others)) => (kind, id, others),
        _ => return Err(format!("`{line}`: `KIND ID ['NAME'] [also below {{…}}] [archived]` is wanted")),
    };
    let unit = NewUnit {
        id: unit_id(id)?,
        kind: (*kind).to_owned(),
        name: clause.text.clone().unwrap_or_else(|| (*id).to_owned()),
        description: String::new(),
        parents: parents.iter().map(|p| unit_id(p)).collect::<Result<_, _>>()?,
    };
    Ok(Planned { unit, archived })
}

fn parents_first(mut waiting: Vec<Planned>) -> Result<Vec<Planned>, String> {
    let mut ordered: Vec<Planned> = Vec::new();
    while !waiting.is_empty() {
        let known = |id: &UnitId| ordered.iter().any(|p| &p.unit.id == id);
        let Some(next) = waiting.iter().position(|p| p.unit.parents.iter().all(known)) else {
            let left: Vec<&str> = waiting.iter().map(|p| p.unit.id.as_str()).collect();
            return Err(format!("parents of {} are not there", left.join(", ")));
        };
        ordered.push(waiting.remove(next));
    }
    Ok(ordered)
}

/// Reads a unit's id.
pub(crate) fn unit_id(text: &str) -> Result<UnitId, String> {
    UnitId::parse(text).map_err(|fault| format!("`{text}`: {fault}"))
}

//! What became of the rows of a list.

use bailiwick_realm::{ImportedRow, MatchOutcome, RowOutcome};

use super::reason::reason;
use super::sight::Sight;
use crate::parse::Collection;
use crate::v1;

/// What became of a row, without the handle; the user only where the one who reads sees them.
#[must_use]
pub fn imported_row(row: &ImportedRow, sight: &dyn Sight) -> v1::ImportedRow {
    let ImportedRow { line, outcome, user, sight: _, fields, detail } = row;
    let user = user.as_ref().filter(|user| sight.user(user));
    let (refused, found) = match outcome {
        RowOutcome::Refused(why) => (reason(*why), v1::MatchOutcome::Unspecified),
        RowOutcome::NotLookedAt => (v1::Reason::MatchLimit, v1::MatchOutcome::Unspecified),
        RowOutcome::NeedsDecision(found) => (v1::Reason::Unspecified, match_outcome(*found)),
        RowOutcome::Created | RowOutcome::Added | RowOutcome::Updated | RowOutcome::Unchanged => {
            (v1::Reason::Unspecified, v1::MatchOutcome::Unspecified)
        }
    };
    v1::ImportedRow {
        line: *line,
        outcome: outcome_of(*outcome).into(),
        user: user.map(|user| Collection::Users.name(user)).unwrap_or_default(),
        reason: refused.into(),
        r#match: found.into(),
        fields: fields.clone(),
        detail: detail.clone(),
        handle: String::new(),
    }
}

/// How a search for a person ended.
#[must_use]
pub fn match_outcome(outcome: MatchOutcome) -> v1::MatchOutcome {
    match outcome {
        MatchOutcome::Exact => v1::MatchOutcome::Exact,
        MatchOutcome::EmailButDetailsDiffer => v1::MatchOutcome::EmailButDetailsDiffer,
        MatchOutcome::NamesAndBirthDateButEmailDiffers => v1::MatchOutcome::NameAndBirthDateButEmailDiffers,
        MatchOutcome::NameOnly => v1::MatchOutcome::NameOnly,
        MatchOutcome::NoneActive => v1::MatchOutcome::NoneActive,
        MatchOutcome::None => v1::MatchOutcome::None,
    }
}

fn outcome_of(outcome: RowOutcome) -> v1::ImportOutcome {
    match outcome {
        RowOutcome::Created => v1::ImportOutcome::Created,
        RowOutcome::Added => v1::ImportOutcome::Added,
        RowOutcome::Updated => v1::ImportOutcome::Updated,
        RowOutcome::Unchanged => v1::ImportOutcome::Unchanged,
        RowOutcome::NeedsDecision(_) => v1::ImportOutcome::NeedsDecision,
        RowOutcome::Refused(_) | RowOutcome::NotLookedAt => v1::ImportOutcome::Refused,
    }
}

/// How many rows ended how.
#[must_use]
pub fn counts(rows: &[&ImportedRow]) -> v1::ImportCounts {
    let mut counts = v1::ImportCounts::default();
    for row in rows {
        let count = match row.outcome {
            RowOutcome::Created => &mut counts.created,
            RowOutcome::Added => &mut counts.added,
            RowOutcome::Updated => &mut counts.updated,
            RowOutcome::Unchanged => &mut counts.unchanged,
            RowOutcome::NeedsDecision(_) => &mut counts.needs_decision,
            RowOutcome::Refused(_) | RowOutcome::NotLookedAt => &mut counts.refused,
        };
        *count += 1;
    }
    counts
}

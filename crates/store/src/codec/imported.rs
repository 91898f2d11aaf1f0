//! What became of a row of a list, as bytes and back. Nothing of the row itself is kept.

use bailiwick_policy::Reason;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{Effect, ImportedRow, MatchOutcome, RowOutcome, RowSight};
use log::RowMatch as Match;
use log::RowOutcome as Outcome;

use super::names::{optional, user_id};
use crate::log::Damage;

pub(super) fn write(row: &ImportedRow) -> Result<log::Effect, Damage> {
    let ImportedRow { line, outcome, user, sight, fields, detail } = row;
    let (outcome, reason, found) = match outcome {
        RowOutcome::Created => (Outcome::Created, None, Match::Unspecified),
        RowOutcome::Added => (Outcome::Added, None, Match::Unspecified),
        RowOutcome::Updated => (Outcome::Updated, None, Match::Unspecified),
        RowOutcome::Unchanged => (Outcome::Unchanged, None, Match::Unspecified),
        RowOutcome::NeedsDecision(found) => (Outcome::NeedsDecision, None, write_match(*found)?),
        RowOutcome::Refused(reason) => (Outcome::Refused, Some(reason.code()), Match::Unspecified),
        RowOutcome::NotLookedAt => (Outcome::NotLookedAt, None, Match::Unspecified),
    };
    Ok(log::Effect {
        kind: log::EffectKind::Imported.into(),
        user: user.as_ref().map(ToString::to_string).unwrap_or_default(),
        row: Some(log::ImportedRow {
            line: *line,
            outcome: outcome.into(),
            reason: reason.unwrap_or_default().to_owned(),
            r#match: found.into(),
            beyond_sight: *sight == RowSight::Beyond,
            fields: fields.clone(),
            detail: detail.clone(),
        }),
        ..log::Effect::default()
    })
}

/// How a search ended that leaves something to decide.
fn write_match(outcome: MatchOutcome) -> Result<Match, Damage> {
    Ok(match outcome {
        MatchOutcome::Exact => Match::Exact,
        MatchOutcome::EmailButDetailsDiffer => Match::EmailButDetailsDiffer,
        MatchOutcome::NamesAndBirthDateButEmailDiffers => Match::NamesAndBirthDateButEmailDiffers,
        MatchOutcome::NameOnly => Match::NameOnly,
        MatchOutcome::NoneActive | MatchOutcome::None => {
            return Err(Damage("where nobody was found there is nothing to decide"));
        }
    })
}

pub(super) fn read(user: &str, row: log::ImportedRow) -> Result<Effect, Damage> {
    let log::ImportedRow { line, outcome, reason, r#match: found, beyond_sight, fields, detail } = row;
    let unknown = Damage("a row of a list has an outcome that this version does not know");
    let outcome = match Outcome::try_from(outcome).map_err(|_| unknown)? {
        Outcome::Unspecified => return Err(unknown),
        Outcome::Created => RowOutcome::Created,
        Outcome::Added => RowOutcome::Added,
        Outcome::Updated => RowOutcome::Updated,
        Outcome::Unchanged => RowOutcome::Unchanged,
        Outcome::NeedsDecision => RowOutcome::NeedsDecision(read_match(found)?),
        Outcome::Refused => {
            let known = Reason::ALL.iter().find(|known| known.code() == reason);
            RowOutcome::Refused(*known.ok_or(unknown)?)
        }
        Outcome::NotLookedAt => RowOutcome::NotLookedAt,
    };
    let sight = if beyond_sight { RowSight::Beyond } else { RowSight::Within };
    let user = optional(user, user_id)?;
    Ok(Effect::Imported(Box::new(ImportedRow { line, outcome, user, sight, fields, detail })))
}

fn read_match(found: i32) -> Result<MatchOutcome, Damage> {
    let unknown = Damage("a search for a person ended in a way that this version does not know");
    Ok(match Match::try_from(found).map_err(|_| unknown)? {
        Match::Unspecified => return Err(unknown),
        Match::Exact => MatchOutcome::Exact,
        Match::EmailButDetailsDiffer => MatchOutcome::EmailButDetailsDiffer,
        Match::NamesAndBirthDateButEmailDiffers => MatchOutcome::NamesAndBirthDateButEmailDiffers,
        Match::NameOnly => MatchOutcome::NameOnly,
    })
}

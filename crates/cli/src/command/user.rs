//! `bailiwick user`: who is there, and what they hold.

mod access;
mod data;
mod list;
mod matching;
mod secret;

use bailiwick_proto::v1;
use bailiwick_proto::v1::assignment_options::Scope;
use clap::{Args, Subcommand};

use crate::args::{InRealm, OnBehalf};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// What is asked about users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Lists users, with whether they may be managed.
    List(Box<list::List>),
    /// Shows one user.
    Show(Show),
    /// Summarises all access of a user: what everything that they hold allows, their systems, whom they manage.
    Access(access::Access),
    /// Finds a person before another is made: by external id, e-mail, names and birth date, or names.
    Match(Box<matching::Match>),
    /// Shows all that is kept about a person, as every change left it (whole with `--output json`).
    Export(data::Export),
    /// Erases a person, for good: what the user holds is over, and only the id is left.
    Erase(data::Erase),
    /// Issues a secret with which somebody sets a password: mailed to them, or shown here once.
    IssueSecret(secret::IssueSecret),
}

/// Which user.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Show {
    /// The user: `dana`.
    #[arg(value_parser = name::user, required_unless_present = "username", conflicts_with = "username")]
    user: Option<String>,
    /// The user's username instead.
    #[arg(long)]
    username: Option<String>,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    realm: InRealm,
}

impl User {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(list) => list.run(asker).await,
            Self::Show(show) => show.run(asker).await,
            Self::Access(access) => access.run(asker).await,
            Self::Match(wanted) => wanted.run(asker).await,
            Self::Export(export) => export.run(asker).await,
            Self::Erase(erase) => erase.run(asker).await,
            Self::IssueSecret(issue) => issue.run(asker).await,
        }
    }
}

impl Show {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        use v1::get_user_request::Key;
        let key = match (self.user, self.username) {
            (Some(user), _) => Key::User(user),
            (None, username) => Key::Username(username.unwrap_or_default()),
        };
        let request =
            v1::GetUserRequest { realm: self.realm.realm, actor: self.actor.name(), key: Some(key) };
        let reply = asker.client.get_user(request).await?;
        asker.out.reply(&reply, |reply| reply.user.as_ref().map(shown).unwrap_or_default())?;
        Ok(Answer::Yes)
    }
}

fn full_name(user: &v1::User) -> String {
    let profile = user.profile.clone().unwrap_or_default();
    let parts =
        [profile.prefix, profile.first_name, profile.middle_initial, profile.last_name, profile.suffix];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A user, for people.
pub(super) fn shown(user: &v1::User) -> String {
    let profile = user.profile.clone().unwrap_or_default();
    let disabled = user.disabled.as_ref().map(|disabled| {
        let by = if disabled.by.is_empty() { String::new() } else { format!(", by {}", disabled.by) };
        format!("{by} since {}", words::instant(disabled.at.as_ref()))
    });
    let state = words::word(user.state().as_str_name(), "USER_STATE_");
    let ranks = match (user.lowest_rank, user.highest_rank) {
        (Some(lowest), Some(highest)) => format!("lowest {lowest}, highest {highest}"),
        (None, _) | (_, None) if user.other_assignments > 0 => "out of sight".to_owned(),
        (None, _) | (_, None) => "none".to_owned(),
    };
    let others = match user.other_assignments {
        0 => String::new(),
        number => format!("{number} more, out of sight"),
    };
    let facts = fields(&[
        ("user", user.name.clone()),
        ("name", full_name(user)),
        ("username", user.username.clone()),
        ("e-mail", profile.email),
        ("state", format!("{state}{}", disabled.unwrap_or_default())),
        ("home unit", user.home_unit.clone()),
        ("line manager", profile.line_manager),
        ("ranks", ranks),
        ("reporting role", user.reporting_role.clone()),
        ("own record", user.own_record.clone()),
        ("same person", user.same_person.join(", ")),
        ("clearance", if user.clearance { "yes".to_owned() } else { String::new() }),
        ("etag", user.etag.clone()),
        ("assignments", others),
    ]);
    let mut parts = vec![facts];
    if !user.assignments.is_empty() {
        let rows: Vec<_> = user.assignments.iter().map(assignment).collect();
        parts.push(table(&["assignment", "unit", "role", "rank", "scope", "standing", "options"], &rows));
    }
    if !user.implied_memberships.is_empty() {
        let row = |implied: &v1::ImpliedMembership| {
            vec![words::id(&implied.unit).to_owned(), implied.assignment.clone()]
        };
        parts.push(table(
            &["implied at", "by"],
            &user.implied_memberships.iter().map(row).collect::<Vec<_>>(),
        ));
    }
    if !user.grants.is_empty() {
        let rows: Vec<_> = user.grants.iter().map(grant).collect();
        parts.push(table(&["system", "standing", "when"], &rows));
    }
    parts.join("\n")
}

fn assignment(held: &v1::Assignment) -> Vec<String> {
    let options = held.options.clone().unwrap_or_default();
    let scope = match &options.scope {
        Some(Scope::All(_)) => "all".to_owned(),
        Some(Scope::Only(only)) if only.units.is_empty() => "nothing".to_owned(),
        Some(Scope::Only(only)) => format!("only {}", words::ids(&only.units)),
        None => String::new(),
    };
    vec![
        words::id(&held.name).to_owned(),
        words::id(&held.unit).to_owned(),
        held.role.clone(),
        held.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string()),
        scope,
        words::word(held.standing().as_str_name(), "STANDING_"),
        options_in_words(&options),
    ]
}

fn options_in_words(options: &v1::AssignmentOptions) -> String {
    let management = words::word(options.user_management().as_str_name(), "USER_MANAGEMENT_");
    let listed =
        |what: &str, units: &[String]| (!units.is_empty()).then(|| format!("{what} {}", words::ids(units)));
    let when = words::interval(options.starts_at.as_ref(), options.ends_at.as_ref());
    let parts = [
        (!options.user_type.is_empty()).then(|| options.user_type.clone()),
        (!matches!(management.as_str(), "" | "none")).then(|| format!("user management: {management}")),
        options.caseload_only.then(|| "caseload only".to_owned()),
        listed("exempt", &options.exempt_units),
        listed("own caseload in", &options.own_caseload_units),
        listed("others' caseload in", &options.others_caseload_units),
        (!when.is_empty()).then_some(when),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn grant(grant: &v1::Grant) -> Vec<String> {
    vec![
        words::id(&grant.system).to_owned(),
        words::word(grant.standing().as_str_name(), "STANDING_"),
        words::interval(grant.starts_at.as_ref(), grant.ends_at.as_ref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_shown_with_what_they_hold() {
        let user = v1::User {
            name: "users/nina".to_owned(),
            state: v1::UserState::Active.into(),
            lowest_rank: Some(50),
            highest_rank: Some(50),
            other_assignments: 2,
            assignments: vec![v1::Assignment {
                name: "assignments/1".to_owned(),
                unit: "units/north".to_owned(),
                role: "staff".to_owned(),
                rank: Some(50),
                options: Some(v1::AssignmentOptions {
                    scope: Some(Scope::Only(v1::OnlyUnits { units: Vec::new() })),
                    caseload_only: true,
                    ..Default::default()
                }),
                standing: v1::Standing::Effective.into(),
                suspension: None,
            }],
            ..Default::default()
        };
        let text = shown(&user);
        assert!(
            text.contains("ranks        lowest 50, highest 50\nassignments  2 more, out of sight\n"),
            "{text}"
        );
        assert!(
            text.ends_with("1           north  staff  50    nothing  effective  caseload only\n"),
            "{text}"
        );
    }
}

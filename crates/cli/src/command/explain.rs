//! `bailiwick explain`: why may this user do this, or why not, and what would change that?

use bailiwick_proto::v1;
use bailiwick_proto::v1::remedy::Change;
use bailiwick_proto::v1::user_change::Change as OfUser;
use clap::Args;

use crate::args::{AsOf, InRealm, OnBehalf};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// What is asked.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The user who wants to act: `sam`.
    #[arg(value_parser = name::user)]
    subject: String,
    /// What is to be done: `customer.view`.
    capability: String,
    /// To what: `customers/p-1001`, `units/north`, `users/tom` or `systems/verint`.
    #[arg(value_parser = name::resource)]
    resource: String,
    /// For customers: the unit that the question is about; only placements at exactly that unit count.
    #[arg(long, value_name = "UNIT", value_parser = name::unit)]
    at: Option<String>,
    /// For customers: the record classes that must be visible.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    classes: Vec<String>,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    realm: InRealm,
}

impl Explain {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let asked = format!("{} {} {}", self.subject, self.capability, self.resource);
        let freshness = self.as_of.freshness();
        let about = About {
            subject: self.subject.clone(),
            resource: self.resource.clone(),
            is_past: freshness.is_some(),
        };
        let request = v1::ExplainAccessRequest {
            realm: self.realm.realm,
            subject: self.subject,
            capability: self.capability,
            resource: self.resource,
            record_classes: self.classes,
            unit: self.at.unwrap_or_default(),
            freshness,
            actor: self.actor.name(),
        };
        let reply = asker.client.explain_access(request).await?;
        asker.out.reply(&reply, |reply| format!("{}{}", answer(&asked, reply), about.grounds(reply)))?;
        let decision = reply.answer.as_ref().map_or(v1::Decision::Unspecified, v1::Answer::decision);
        Ok(if decision == v1::Decision::Allowed { Answer::Yes } else { Answer::No })
    }
}

/// The answer, as `check` shows it, and the ranks.
fn answer(asked: &str, reply: &v1::ExplainAccessResponse) -> String {
    let told = reply.answer.clone().unwrap_or_default();
    let allowed = told.decision() == v1::Decision::Allowed;
    let reason = words::reason(told.reason());
    let why = if allowed {
        String::new()
    } else {
        format!("{reason}\n{}", words::meaning(reason).unwrap_or_default())
    };
    let by = if told.assignment.is_empty() {
        String::new()
    } else {
        format!("{} at {} ({})", told.role, told.unit, told.assignment)
    };
    let lines = fields(&[
        ("why", why),
        ("by", by),
        ("visible", told.visible.join(", ")),
        ("redacted", told.redacted.join(", ")),
        ("ranks", reply.ranks.as_ref().map(ranks).unwrap_or_default()),
        ("until", words::instant(told.valid_until.as_ref())),
    ]);
    format!("{}  {asked}\n{lines}", if allowed { "ALLOWED" } else { "DENIED" })
}

/// `lowest staff (50) at units/north; highest of the other program-manager (60) at units/south`.
fn ranks(compared: &v1::RankComparison) -> String {
    let held = |rank: Option<&v1::HeldRank>| match rank {
        None => "none".to_owned(),
        Some(held) if held.role.is_empty() => format!("({})", held.rank),
        Some(held) => format!("{} ({}) at {}", held.role, held.rank, held.unit),
    };
    let subject = held(compared.subject.as_ref());
    if compared.minimum > 0 {
        return format!("highest effective {subject}; the system's minimum {}", compared.minimum);
    }
    let beyond = if compared.gap > 0 { format!(", plus {}", compared.gap) } else { String::new() };
    format!("lowest {subject}; highest of the other {}{beyond}", held(compared.other.as_ref()))
}

/// Whom and what a question is about.
struct About {
    subject: String,
    resource: String,
    /// Of which nothing can be changed.
    is_past: bool,
}

impl About {
    /// What was tried, and what would help.
    fn grounds(&self, reply: &v1::ExplainAccessResponse) -> String {
        let mut text = String::new();
        if !reply.attempts.is_empty() {
            let rows: Vec<_> = reply.attempts.iter().map(attempt).collect();
            text.push('\n');
            text.push_str(&table(&["held", "as", "at", "tried with", "outcome"], &rows));
        }
        let more =
            |count: i32, what: &str| if count > 0 { format!("{count} more {what}\n") } else { String::new() };
        text.push_str(&more(reply.attempts_left_out, "attempts"));
        text.push_str(&more(reply.other_assignments, "assignments out of sight"));
        if reply.in_part {
            text.push_str("not all is seen that decides\n");
        }
        let commands: Vec<String> = reply.remedies.iter().filter_map(|remedy| self.command(remedy)).collect();
        if !commands.is_empty() {
            text.push_str("\nAny one of these would allow it:\n");
            commands.iter().for_each(|command| text.push_str(&format!("  bailiwick {command}\n")));
        } else if !self.is_past
            && !reply.in_part
            && reply.answer.as_ref().is_some_and(|answer| answer.decision() != v1::Decision::Allowed)
        {
            text.push_str("\nNo single change would allow it.\n");
        }
        text
    }

    /// A remedy as a command.
    fn command(&self, remedy: &v1::Remedy) -> Option<String> {
        let (subject, resource) = (words::id(&self.subject), words::id(&self.resource));
        Some(match remedy.change.as_ref()? {
            Change::PlaceCustomerIn(unit) => format!("customer place {resource} {}", words::id(unit)),
            Change::AddToCaseloadIn(unit) => {
                format!("caseload add {subject} {} {resource}", words::id(unit))
            }
            Change::RestoreUnit(unit) => format!("unit restore {}", words::id(unit)),
            Change::User(change) => format!("manage {subject} {}", of_user(change.change.as_ref()?)?),
        })
    }
}

fn attempt(attempt: &v1::Attempt) -> Vec<String> {
    let with = [&attempt.tried_with_unit, &attempt.tried_with_assignment];
    let with: Vec<&str> = with.into_iter().filter(|name| !name.is_empty()).map(String::as_str).collect();
    let held = if attempt.assignment.is_empty() { "grant" } else { &attempt.assignment };
    let obstacle = words::word(attempt.obstacle().as_str_name(), "OBSTACLE_");
    let outcome = match (obstacle.is_empty(), attempt.visible.is_empty()) {
        (false, _) => obstacle,
        (true, true) => "allows".to_owned(),
        (true, false) => format!("allows: {}", attempt.visible.join(", ")),
    };
    vec![held.to_owned(), attempt.role.clone(), words::id(&attempt.unit).to_owned(), with.join(" "), outcome]
}

/// A change of the subject, as it is typed after their name.
fn of_user(change: &OfUser) -> Option<String> {
    Some(match change {
        OfUser::Enable(_) => "enable".to_owned(),
        OfUser::ReinstateAssignment(held) => format!("reinstate {}", words::id(&held.assignment)),
        OfUser::Assign(assign) => {
            let options = assign.options.as_ref().map(management).unwrap_or_default();
            format!("assign {} {} --all{options}", words::id(&assign.unit), assign.role)
        }
        OfUser::AmendAssignment(amend) => amended(amend),
        OfUser::SetReportingRole(set) => format!("reporting-role {}", set.reporting_role),
        OfUser::GrantSystem(grant) => format!("grant {}", words::id(&grant.system)),
        OfUser::ReinstateGrant(grant) => format!("reinstate-grant {}", words::id(&grant.system)),
        // Nothing that would help is one of these.
        OfUser::Create(_)
        | OfUser::UpdateProfile(_)
        | OfUser::EndAssignment(_)
        | OfUser::RemoveAssignment(_)
        | OfUser::SuspendAssignment(_)
        | OfUser::SuspendAtUnit(_)
        | OfUser::Disable(_)
        | OfUser::SetHomeUnit(_)
        | OfUser::SetOwnRecord(_)
        | OfUser::SetSamePerson(_)
        | OfUser::SetClearance(_)
        | OfUser::AmendGrant(_)
        | OfUser::SuspendGrant(_)
        | OfUser::EndGrant(_) => return None,
    })
}

fn amended(amend: &v1::AmendAssignment) -> String {
    let assignment = words::id(&amend.assignment);
    let options = amend.options.clone().unwrap_or_default();
    let what = match amend.fields.first().map(String::as_str) {
        None => format!(" --role {}", amend.role),
        // A role without the switch.
        Some(cleared) if !amend.role.is_empty() => format!(" --role {} --clear {cleared}", amend.role),
        Some("user_management") => management(&options),
        Some("exempt_units") => {
            let units: Vec<&str> = options.exempt_units.iter().map(|unit| words::id(unit)).collect();
            format!(" --exempt {}", units.join(","))
        }
        Some(cleared) => format!(" --clear {cleared}"),
    };
    format!("amend {assignment}{what}")
}

fn management(options: &v1::AssignmentOptions) -> String {
    match options.user_management() {
        v1::UserManagement::Manage => " --user-management manage".to_owned(),
        v1::UserManagement::View => " --user-management view".to_owned(),
        v1::UserManagement::None | v1::UserManagement::Unspecified => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(rank: u32, role: &str, unit: &str) -> Option<v1::HeldRank> {
        let (role, unit) = (role.to_owned(), unit.to_owned());
        Some(v1::HeldRank { rank, role, unit, assignment: String::new() })
    }

    #[test]
    fn ranks_that_were_compared_are_told_with_their_places() {
        let compared = v1::RankComparison {
            subject: held(50, "staff", "units/b"),
            other: held(60, "program-manager", "units/c"),
            ..Default::default()
        };
        assert_eq!(
            ranks(&compared),
            "lowest staff (50) at units/b; highest of the other program-manager (60) at units/c"
        );
        let unseen = v1::RankComparison { other: held(60, "", ""), ..compared };
        assert_eq!(ranks(&unseen), "lowest staff (50) at units/b; highest of the other (60)");
    }

    #[test]
    fn what_would_help_is_told_as_a_command() {
        let about =
            About { subject: "users/sam".to_owned(), resource: "customers/p-1".to_owned(), is_past: false };
        let command = |change| about.command(&v1::Remedy { change: Some(change) }).unwrap();
        let of_user = |change| command(Change::User(v1::UserChange { change: Some(change) }));
        let all = v1::assignment_options::Scope::All(v1::AllUnits {});
        let options = v1::AssignmentOptions {
            scope: Some(all),
            user_management: v1::UserManagement::Manage.into(),
            ..Default::default()
        };
        let assign = v1::Assign {
            unit: "units/north".to_owned(),
            role: "staff".to_owned(),
            options: Some(options),
            ..Default::default()
        };
        assert_eq!(
            of_user(OfUser::Assign(assign)),
            "manage sam assign north staff --all --user-management manage"
        );
        let amend = |fields: &str| {
            OfUser::AmendAssignment(v1::AmendAssignment {
                assignment: "assignments/3".to_owned(),
                fields: vec![fields.to_owned()],
                ..Default::default()
            })
        };
        assert_eq!(of_user(amend("caseload_only")), "manage sam amend 3 --clear caseload_only");
        assert_eq!(command(Change::AddToCaseloadIn("units/n1".to_owned())), "caseload add sam n1 p-1");
    }
}

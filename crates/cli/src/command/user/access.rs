//! `bailiwick user access`: all access of a user.

use bailiwick_proto::v1;
use clap::Args;

use crate::args::{AsOf, InRealm, OnBehalf};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// Whose access.
#[derive(Debug, Args)]
pub(crate) struct Access {
    /// The user: `dana`.
    #[arg(value_parser = name::user)]
    user: String,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    realm: InRealm,
}

impl Access {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::SummarizeAccessRequest {
            realm: self.realm.realm,
            user: self.user,
            actor: self.actor.name(),
            freshness: self.as_of.freshness(),
        };
        let reply = asker.client.summarize_access(request).await?;
        asker.out.reply(&reply, shown)?;
        Ok(Answer::Yes)
    }
}

/// The user, then what each assignment allows, then systems and people.
fn shown(reply: &v1::SummarizeAccessResponse) -> String {
    let mut parts = vec![reply.user.as_ref().map(super::shown).unwrap_or_default()];
    let rows: Vec<_> = reply.access.iter().flat_map(allowed).collect();
    if !rows.is_empty() {
        parts.push(table(&["held", "at", "allows", "where", "what", "outcome"], &rows));
    }
    let systems: Vec<_> = reply.systems.iter().map(system).collect();
    if !systems.is_empty() {
        parts.push(table(&["system", "by", "outcome"], &systems));
    }
    let more = fields(&[
        ("reports", reply.reporting.as_ref().map(reports).unwrap_or_default()),
        ("sees", reply.seen.as_ref().map(people).unwrap_or_default()),
        ("manages", reply.managed.as_ref().map(people).unwrap_or_default()),
    ]);
    parts.push(more);
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// A row for each capability of an assignment; the assignment stands in the first.
fn allowed(access: &v1::AssignmentAccess) -> Vec<Vec<String>> {
    let at = format!("{} {}", access.unit_kind, access.unit_display_name);
    let row = |(number, allows): (usize, &v1::CapabilityAccess)| {
        let first = number == 0;
        let whose = |text: &str| if first { text.to_owned() } else { String::new() };
        let mut what = vec![allows.record_classes.join(", "), words::ids(&allows.systems)];
        what.push(words::word(allows.caseload().as_str_name(), "CASELOAD_RULE_"));
        what.retain(|part| !part.is_empty());
        let place = words::word(allows.allowed_at().as_str_name(), "ALLOWED_AT_");
        vec![
            whose(&access.assignment),
            whose(at.trim()),
            allows.capability.clone(),
            format!("{place} {}", words::ids(&allows.units)).trim().to_owned(),
            what.join("; "),
            outcome(allows.obstacle()),
        ]
    };
    access.allows.iter().enumerate().map(row).collect()
}

fn system(access: &v1::SystemAccess) -> Vec<String> {
    let by = if access.assignment.is_empty() { "grant" } else { &access.assignment };
    vec![words::id(&access.system).to_owned(), by.to_owned(), outcome(access.obstacle())]
}

fn outcome(obstacle: v1::Obstacle) -> String {
    let obstacle = words::word(obstacle.as_str_name(), "OBSTACLE_");
    if obstacle.is_empty() { "allowed".to_owned() } else { obstacle }
}

fn reports(reporting: &v1::ReportingAccess) -> String {
    let place =
        if reporting.kind.is_empty() { "everywhere".to_owned() } else { format!("by {}", reporting.kind) };
    format!("{}: {} {place}", reporting.reporting_role, reporting.capabilities.join(", "))
}

/// `12 people`; `1000 people or more`.
fn people(count: &v1::PeopleCount) -> String {
    format!("{}{}", count.count, if count.more { " or more" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_assignment_stands_before_what_it_allows() {
        let allows = |capability: &str, obstacle: v1::Obstacle| v1::CapabilityAccess {
            capability: capability.to_owned(),
            allowed_at: v1::AllowedAt::Covered.into(),
            record_classes: vec!["contacts".to_owned()],
            caseload: v1::CaseloadRule::OnlyCaseload.into(),
            obstacle: obstacle.into(),
            ..Default::default()
        };
        let reply = v1::SummarizeAccessResponse {
            access: vec![v1::AssignmentAccess {
                assignment: "assignments/1".to_owned(),
                unit_kind: "site".to_owned(),
                unit_display_name: "North".to_owned(),
                allows: vec![
                    allows("customer.view", v1::Obstacle::Unspecified),
                    allows("user.manage", v1::Obstacle::NotSwitchedOn),
                ],
            }],
            managed: Some(v1::PeopleCount { count: 1_000, more: true, query: None }),
            ..Default::default()
        };
        assert_eq!(
            shown(&reply),
            "HELD           AT          ALLOWS         WHERE    WHAT                     OUTCOME\n\
             assignments/1  site North  customer.view  covered  contacts; only caseload  allowed\n\
             \x20                          user.manage    covered  contacts; only caseload  not switched on\n\
             \n\
             manages  1000 or more\n"
        );
    }
}

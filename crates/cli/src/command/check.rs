//! `bailiwick check`: may this user do this, here, to this?

use bailiwick_proto::v1;
use clap::Args;

use crate::args::{AsOf, InRealm};
use crate::ask::Asker;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, words};

/// What is asked.
#[derive(Debug, Args)]
pub(crate) struct Check {
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
    /// Answer from no state older than the question.
    #[arg(long, conflicts_with_all = ["at_revision", "at_time"])]
    fully_consistent: bool,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    realm: InRealm,
}

impl Check {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let asked = format!("{} {} {}", self.subject, self.capability, self.resource);
        let newest =
            || v1::Freshness { requirement: Some(v1::freshness::Requirement::FullyConsistent(true)) };
        let request = v1::CheckAccessRequest {
            realm: self.realm.realm,
            subject: self.subject,
            capability: self.capability,
            resource: self.resource,
            record_classes: self.classes,
            unit: self.at.unwrap_or_default(),
            freshness: self.as_of.freshness().or_else(|| self.fully_consistent.then(newest)),
        };
        let reply = asker.client.check_access(request).await?;
        asker.out.reply(&reply, |reply| shown(&asked, reply))?;
        Ok(if reply.decision() == v1::Decision::Allowed { Answer::Yes } else { Answer::No })
    }
}

fn shown(asked: &str, reply: &v1::CheckAccessResponse) -> String {
    let allowed = reply.decision() == v1::Decision::Allowed;
    let answer = if allowed { "ALLOWED" } else { "DENIED" };
    let reason = words::reason(reply.reason());
    let why = if allowed {
        String::new()
    } else {
        format!("{reason}\n{}", words::meaning(reason).unwrap_or_default())
    };
    let by = if reply.assignment.is_empty() {
        String::new()
    } else {
        format!("{} at {} ({})", reply.role, reply.unit, reply.assignment)
    };
    let through: Vec<String> = reply
        .through
        .iter()
        .map(|through| format!("{}: {}", through.unit, through.classes.join(", ")))
        .collect();
    let lines = fields(&[
        ("why", why),
        ("by", by),
        ("visible", reply.visible.join(", ")),
        ("redacted", reply.redacted.join(", ")),
        ("through", through.join("\n")),
        ("until", words::instant(reply.valid_until.as_ref())),
    ]);
    format!("{answer}  {asked}\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_answer_says_by_what_and_what_is_shown() {
        let reply = v1::CheckAccessResponse {
            decision: v1::Decision::Allowed.into(),
            assignment: "assignments/1".to_owned(),
            role: "staff".to_owned(),
            unit: "units/north".to_owned(),
            visible: vec!["demographics".to_owned()],
            through: vec![v1::Through {
                unit: "units/job-readiness".to_owned(),
                classes: vec!["demographics".to_owned()],
            }],
            ..Default::default()
        };
        assert_eq!(
            shown("users/sam customer.view customers/p-1001", &reply),
            "ALLOWED  users/sam customer.view customers/p-1001\n\
             by       staff at units/north (assignments/1)\n\
             visible  demographics\n\
             through  units/job-readiness: demographics\n"
        );
    }

    #[test]
    fn a_denied_answer_says_why_in_words() {
        let reply = v1::CheckAccessResponse {
            decision: v1::Decision::Denied.into(),
            reason: v1::Reason::NotEffective.into(),
            ..Default::default()
        };
        assert_eq!(
            shown("users/tom tool units/north", &reply),
            "DENIED  users/tom tool units/north\n\
             why  NOT_EFFECTIVE\n     \
             The assignment or grant that would allow is suspended, has not started, or stands at a closed unit.\n"
        );
    }

    #[test]
    fn what_is_unspecified_is_denied() {
        assert!(shown("", &v1::CheckAccessResponse::default()).starts_with("DENIED"));
    }
}

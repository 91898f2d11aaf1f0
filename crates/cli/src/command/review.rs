//! `bailiwick review`: looking again at what is held.

use bailiwick_proto::v1;
use clap::{Args, Subcommand};
use prost_types::Timestamp;

use crate::args::{InRealm, OnBehalf, Paging, Writing};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// Where, on whose behalf, and how.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

/// What is done to reviews.
#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// Opens a review of what is held at a unit, with a role, or both.
    Open(Open),
    /// Shows a review: its items, and what was left out.
    Show(One),
    /// Lists the reviews that concern the actor.
    List(List),
    /// Confirms what is held.
    Confirm(Decide),
    /// Ends what is held, now.
    End(Decide),
    /// Closes a review before its time: what nobody has looked at goes on.
    Close(One),
}

/// What is reviewed, and until when.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// What is held at this unit or below it.
    #[arg(long, value_parser = name::unit, required_unless_present = "role")]
    unit: Option<String>,
    /// What is held with this role.
    #[arg(long)]
    role: Option<String>,
    /// Until when: `2026-12-31T00:00:00Z`.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    due: Timestamp,
    /// What nobody has confirmed by then ends; without: it is listed.
    #[arg(long)]
    end_unconfirmed: bool,
    /// The name it shall have; without: one is made.
    #[arg(long, value_parser = name::review)]
    name: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Which review.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The review: `2026-q4`.
    #[arg(value_parser = name::review)]
    review: String,
    #[command(flatten)]
    common: Common,
}

/// Which items.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The review: `2026-q4`.
    #[arg(value_parser = name::review)]
    review: String,
    /// The items, a user and the number of an assignment each: `sam/1 ada/3`.
    #[arg(required = true, value_name = "USER/NUMBER", value_parser = name::held)]
    items: Vec<name::Held>,
    #[command(flatten)]
    common: Common,
}

/// Which reviews.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Those that are over, too.
    #[arg(long)]
    closed: bool,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

impl Review {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Open(open) => open.run(asker).await,
            Self::Show(one) => one.show(asker).await,
            Self::List(list) => list.run(asker).await,
            Self::Confirm(decide) => decide.run(asker, v1::ReviewDecision::Confirm).await,
            Self::End(decide) => decide.run(asker, v1::ReviewDecision::End).await,
            Self::Close(one) => one.close(asker).await,
        }
    }
}

impl Open {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::OpenReviewRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            review: self.name.unwrap_or_default(),
            unit: self.unit.unwrap_or_default(),
            role: self.role.unwrap_or_default(),
            due_at: Some(self.due),
            end_unconfirmed: self.end_unconfirmed,
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.open_review(request).await?;
        asker.out.reply(&reply, |reply| written(reply.review.as_ref(), reply.revision, &[]))?;
        Ok(Answer::Yes)
    }
}

impl One {
    async fn show(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::GetReviewRequest {
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            review: self.review,
        };
        let reply = asker.client.get_review(request).await?;
        asker.out.reply(&reply, |reply| reply.review.as_ref().map(text).unwrap_or_default())?;
        Ok(Answer::Yes)
    }

    async fn close(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::CloseReviewRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            review: self.review,
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.close_review(request).await?;
        asker.out.reply(&reply, |reply| written(reply.review.as_ref(), reply.revision, &[]))?;
        Ok(Answer::Yes)
    }
}

impl Decide {
    async fn run(self, asker: &Asker<'_>, decision: v1::ReviewDecision) -> Result<Answer, Failure> {
        let item = |name::Held { user, assignment }| v1::ReviewVerdict {
            user,
            assignment,
            decision: decision.into(),
        };
        let request = v1::DecideReviewRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            review: self.review,
            items: self.items.into_iter().map(item).collect(),
            validate_only: self.common.writing.dry_run,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.decide_review(request).await?;
        asker.out.reply(&reply, |reply| written(reply.review.as_ref(), reply.revision, &reply.effects))?;
        Ok(Answer::Yes)
    }
}

impl List {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListReviewsRequest {
            realm: self.realm.realm,
            actor: self.actor.name(),
            show_closed: self.closed,
            page_size: 0,
            page_token: String::new(),
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListReviewsRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_reviews(request).await?;
            Ok((page.reviews, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListReviewsResponse {
            reviews: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, rows)?;
        Ok(Answer::Yes)
    }
}

fn rows(reply: &v1::ListReviewsResponse) -> String {
    let row = |review: &v1::Review| {
        vec![
            words::id(&review.name).to_owned(),
            over(review),
            words::id(&review.opener).to_owned(),
            words::instant(review.due_at.as_ref()),
            words::instant(review.closed_at.as_ref()),
            review.open_items.to_string(),
        ]
    };
    let rows: Vec<_> = reply.reviews.iter().map(row).collect();
    table(&["review", "over", "opener", "due", "closed", "open"], &rows)
}

fn over(review: &v1::Review) -> String {
    let unit = words::id(&review.unit);
    match (review.role.as_str(), unit) {
        ("", unit) => unit.to_owned(),
        (role, "") => role.to_owned(),
        (role, unit) => format!("{role} at {unit}"),
    }
}

/// What a command left.
fn written(review: Option<&v1::Review>, revision: u64, effects: &[v1::Effect]) -> String {
    let review = review.map(text).unwrap_or_default();
    let more = fields(&[("also", words::effects(effects)), ("revision", words::revision(revision))]);
    format!("{review}{more}")
}

fn text(review: &v1::Review) -> String {
    let items: Vec<String> = review.items.iter().map(item).collect();
    let left_out = review
        .left_out
        .iter()
        .map(|left| format!("{}  {}", held(left.of.as_ref()), words::reason(left.reason())));
    let end =
        if review.end_unconfirmed { "ends what nobody confirmed" } else { "lists what nobody confirmed" };
    fields(&[
        ("review", review.name.clone()),
        ("over", over(review)),
        ("opener", review.opener.clone()),
        ("opened at", words::instant(review.opened_at.as_ref())),
        ("due at", words::instant(review.due_at.as_ref())),
        ("then", end.to_owned()),
        ("closed at", words::instant(review.closed_at.as_ref())),
        ("items", items.join("\n")),
        ("left out", left_out.collect::<Vec<_>>().join("\n")),
    ])
}

fn item(item: &v1::ReviewItem) -> String {
    let outcome = words::word(item.outcome().as_str_name(), "REVIEW_OUTCOME_");
    let by = if item.user.is_empty() { String::new() } else { format!(" by {}", words::id(&item.user)) };
    let why = if item.kept == 0 { String::new() } else { format!(": {}", words::reason(item.kept())) };
    format!("{}  {outcome}{by}{why}", held(item.of.as_ref()))
}

/// As it is named on the command line, with what it is.
fn held(of: Option<&v1::ReviewedAssignment>) -> String {
    let Some(of) = of else { return String::new() };
    let (user, number) = (words::id(&of.user), words::id(&of.assignment));
    format!("{user}/{number}  {} at {}", of.role, words::id(&of.unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_shown_as_it_is_named() {
        let of = v1::ReviewedAssignment {
            user: "users/sam".to_owned(),
            assignment: "assignments/3".to_owned(),
            unit: "units/north".to_owned(),
            role: "staff".to_owned(),
        };
        let kept = v1::ReviewItem {
            of: Some(of),
            outcome: v1::ReviewOutcome::Kept.into(),
            kept: v1::Reason::LastManager.into(),
            ..Default::default()
        };
        let line = item(&kept);
        assert!(line.starts_with("sam/3  staff at north  kept: "), "{line}");
        let named = name::held("sam/3").unwrap();
        assert_eq!((named.user.as_str(), named.assignment.as_str()), ("users/sam", "assignments/3"));
        for bad in ["sam", "sam/", "/3", "sam/x", "sam/3/4"] {
            assert!(name::held(bad).is_err(), "{bad}");
        }
    }
}

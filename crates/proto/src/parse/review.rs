//! Reviews: what is opened, and what is said of its items.

use bailiwick_identity::{ReviewId, UnitId, UserId};
use bailiwick_realm::{Body, ItemVerdict, Looked, MOST_REVIEWED, ReviewCommand, ReviewOver, Unconfirmed};

use super::form::{Form, Violations};
use super::name::Collection;
use super::write::{Header, Write};
use crate::v1;

/// Reads the name of a review.
///
/// # Errors
/// When it is none.
pub fn review_id(name: &str) -> Result<ReviewId, Violations> {
    let mut form = Form::default();
    let id = form.review(name);
    form.finish(id)
}

/// Reads an OpenReview; `fresh` is the id of one that has no name.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn open_review(request: v1::OpenReviewRequest, fresh: ReviewId) -> Result<Write, Violations> {
    let v1::OpenReviewRequest {
        realm,
        actor,
        review,
        unit,
        role,
        due_at,
        end_unconfirmed,
        request_id,
        validate_only,
        reason,
    } = request;
    let mut form = Form::default();
    let id = if review.is_empty() { Some(fresh) } else { form.review(&review) };
    let below = form.optional_id("unit", Collection::Units, &unit, UnitId::parse);
    let with = if role.is_empty() { Some(None) } else { form.scheme_name("role", &role).map(Some) };
    if unit.is_empty() && role.is_empty() {
        form.fault("unit", "is required, or a role: what is to be reviewed");
    }
    if due_at.is_none() {
        form.fault("due_at", "is required");
    }
    let due_at = form.instant("due_at", due_at).flatten();
    let unconfirmed = if end_unconfirmed { Unconfirmed::Ended } else { Unconfirmed::Listed };
    let body = (|| {
        let over = ReviewOver { unit: below?, role: with? };
        Some(ReviewCommand::Open { id: id?, over, due_at: due_at?, unconfirmed })
    })();
    header(realm, actor, request_id, validate_only, reason).with(form, body.map(command))
}

/// Reads a DecideReview.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn decide_review(request: v1::DecideReviewRequest) -> Result<Write, Violations> {
    let v1::DecideReviewRequest { realm, actor, review, items, request_id, validate_only, reason } = request;
    let mut form = Form::default();
    let id = form.review(&review);
    let items = form.verdicts(&items);
    let body = (|| Some(ReviewCommand::Decide { id: id?, items: items? }))();
    header(realm, actor, request_id, validate_only, reason).with(form, body.map(command))
}

/// Reads a CloseReview.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn close_review(request: v1::CloseReviewRequest) -> Result<Write, Violations> {
    let v1::CloseReviewRequest { realm, actor, review, request_id, validate_only, reason } = request;
    let mut form = Form::default();
    let body = form.review(&review).map(ReviewCommand::Close);
    header(realm, actor, request_id, validate_only, reason).with(form, body.map(command))
}

fn command(what: ReviewCommand) -> Body {
    Body::Review(Box::new(what))
}

fn header(realm: String, actor: String, request_id: String, validate_only: bool, reason: String) -> Header {
    Header { realm, actor, request_id, validate_only, skip_preview: true, reason, ..Header::default() }
}

impl Form {
    fn review(&mut self, name: &str) -> Option<ReviewId> {
        self.id("review", Collection::Reviews, name, ReviewId::parse)
    }

    fn verdicts(&mut self, items: &[v1::ReviewVerdict]) -> Option<Vec<ItemVerdict>> {
        if items.is_empty() || items.len() > MOST_REVIEWED {
            self.fault("items", format!("1 to {MOST_REVIEWED} items are looked at together"));
            return None;
        }
        let mut read = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = |field: &str| format!("items[{index}].{field}");
            let user = self.id(&at("user"), Collection::Users, &item.user, UserId::parse);
            let number = self.assignment_number(&at("assignment"), &item.assignment);
            let verdict = match v1::ReviewDecision::try_from(item.decision) {
                Ok(v1::ReviewDecision::Confirm) => Some(Looked::Confirm),
                Ok(v1::ReviewDecision::End) => Some(Looked::End),
                Ok(v1::ReviewDecision::Unspecified) | Err(_) => {
                    self.fault(at("decision"), "must be REVIEW_DECISION_CONFIRM or REVIEW_DECISION_END");
                    None
                }
            };
            read.push((|| Some(ItemVerdict { user: user?, number: number?, verdict: verdict? }))());
        }
        read.into_iter().collect()
    }
}

//! Which requests are listed.

use bailiwick_identity::UserId;
use bailiwick_realm::StageName;

use super::form::{Form, Violations};
use super::name::Collection;
use crate::v1;

/// Which requests to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFilter {
    /// Those of an author.
    By(UserId, Vec<StageName>),
    /// Those about somebody.
    About(UserId, Vec<StageName>),
    /// Those that wait for approval.
    ToApprove,
    /// Those that wait for a desk.
    ToFulfil,
    /// Those that were due to be carried out.
    Overdue,
    /// Every one.
    All(Vec<StageName>),
}

/// Reads which requests to list.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn request_filter(request: &v1::ListRequestsRequest) -> Result<RequestFilter, Violations> {
    use v1::RequestList as List;
    let mut form = Form::default();
    let named = |form: &mut Form, field: &str, name: &str| {
        (!name.is_empty()).then(|| form.id(field, Collection::Users, name, UserId::parse)).flatten()
    };
    let actor = named(&mut form, "actor", &request.actor);
    let user = named(&mut form, "user", &request.user);
    let stages = form.stages(&request.stages);
    let list = List::try_from(request.list).unwrap_or(List::Unspecified);
    if !request.user.is_empty() && list != List::About {
        form.fault("user", "is only for `REQUEST_LIST_ABOUT`");
    }
    if !request.stages.is_empty() && !matches!(list, List::Mine | List::About | List::All) {
        form.fault("stages", "is only for `REQUEST_LIST_MINE`, `…_ABOUT` and `…_ALL`");
    }
    let filter = match list {
        List::Unspecified => {
            form.fault("list", "must be a list of requests: `REQUEST_LIST_MINE`, `…_TO_APPROVE` or another");
            None
        }
        List::Mine if request.actor.is_empty() => {
            form.fault("actor", "is required: the author");
            None
        }
        List::About if request.actor.is_empty() && request.user.is_empty() => {
            form.fault("user", "is required of an operator");
            None
        }
        List::All if !request.actor.is_empty() => {
            form.fault("list", "every request is listed for operators only");
            None
        }
        List::Mine => actor.zip(stages).map(|(author, stages)| RequestFilter::By(author, stages)),
        List::About => {
            let whom = if request.user.is_empty() { actor } else { user };
            whom.zip(stages).map(|(user, stages)| RequestFilter::About(user, stages))
        }
        List::ToApprove => Some(RequestFilter::ToApprove),
        List::ToFulfil => Some(RequestFilter::ToFulfil),
        List::Overdue => Some(RequestFilter::Overdue),
        List::All => stages.map(RequestFilter::All),
    };
    form.finish(filter)
}

impl Form {
    fn stages(&mut self, stages: &[i32]) -> Option<Vec<StageName>> {
        let mut read = Vec::new();
        for (index, &stage) in stages.iter().enumerate() {
            let name = match v1::RequestStage::try_from(stage) {
                Ok(v1::RequestStage::Draft) => StageName::Draft,
                Ok(v1::RequestStage::Submitted) => StageName::Submitted,
                Ok(v1::RequestStage::Approved) => StageName::Approved,
                Ok(v1::RequestStage::Fulfilled) => StageName::Fulfilled,
                Ok(v1::RequestStage::Rejected) => StageName::Rejected,
                Ok(v1::RequestStage::Withdrawn) => StageName::Withdrawn,
                Ok(v1::RequestStage::Expired) => StageName::Expired,
                Ok(v1::RequestStage::Failed) => StageName::Failed,
                Ok(v1::RequestStage::Unspecified) | Err(_) => {
                    self.fault(
                        format!("stages[{index}]"),
                        "must be a stage: `REQUEST_STAGE_DRAFT` or another",
                    );
                    return None;
                }
            };
            read.push(name);
        }
        read.sort_unstable();
        read.dedup();
        Some(read)
    }
}

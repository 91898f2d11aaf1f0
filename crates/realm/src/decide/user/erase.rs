//! Erasing a person: what they hold is over, and nothing is known of them any more but the id.

use bailiwick_identity::{Credentials, Profile, UserId};
use bailiwick_membership::{Access, CaseloadEntry, Standing};
use bailiwick_policy::Reason;

use super::identity::part_company;
use crate::decide::Judged;
use crate::decide::draft::Draft;
use crate::decide::request::{MOST_TOLD, to_author};
use crate::event::{Effect, Notes};
use crate::refusal::{Refusal, Refused};
use crate::request::{Happened, Request, Stage, Step, WaitsFor};

/// Erases a user. Operators alone; no minimum stands against it, the last manager does.
pub(in crate::decide) fn erase(draft: &mut Draft<'_>, id: &UserId) -> Judged {
    draft.operator_only()?;
    let world = &draft.state.world;
    let Some(ix) = world.user_ix(id.as_str()) else { return forget_requests(draft, id) };
    let user = world.user(ix).filter(|user| !user.is_erased());
    let user = user.ok_or_else(|| Refusal::precondition(Reason::NothingToChange))?;
    let left = user.access();
    let cases = user.caseload().to_vec();
    let over = |case: &CaseloadEntry| {
        let (world, user) = (&draft.state.world, id.clone());
        let customer = world.customer_id(case.customer)?;
        Some(Effect::CaseEnded { user, customer, unit: case.unit })
    };
    let effects: Vec<_> = cases.iter().filter_map(over).collect();
    draft.effects.extend(effects);
    if !cases.is_empty() {
        draft.put_caseload(ix, Vec::new());
    }
    part_company(draft, ix);
    let erased = Access {
        standing: Standing::Erased(draft.now),
        last_number: left.last_number,
        ..Access::new(left.home)
    };
    draft.put_access(id, erased);
    draft.edit_notes(id, |notes| *notes = Notes::default());
    draft.edit_profile(id, |person| person.profile = Profile::default());
    if draft.credentials.contains_key(id) {
        draft.put_credentials(id, Credentials::default());
    }
    forget_requests(draft, id)
}

/// What was asked for somebody goes, and what still waits of it has failed: it asks for nothing any more. Of who never became a user
/// nothing else is known.
fn forget_requests(draft: &mut Draft<'_>, id: &UserId) -> Judged {
    let is_about = |request: &&Request| request.content.subjects().any(|subject| subject == id);
    let about: Vec<&Request> = draft.facts.requests.values().filter(is_about).collect();
    let is_known = draft.state.world.user_ix(id.as_str()).is_some();
    if !is_known && about.iter().all(|request| request.says_nothing()) {
        return Err(Refusal::new(Refused::NotFound, Reason::UnknownUser));
    }
    let (at, revision) = (draft.now, draft.state.revision.next());
    let waits = |request: &&Request| request.stage != Stage::Draft && !request.stage.is_over();
    for request in about.into_iter().filter(waits) {
        let mut request = request.clone();
        request.forget();
        request.stage = Stage::Failed(Reason::UnknownUser);
        request.waits_for = WaitsFor::default();
        request.steps.push(Step { what: Happened::Failed, by: None, at, revision, why: None });
        let is_told = request.author.as_ref() != Some(id) && draft.messages.len() < MOST_TOLD;
        draft.messages.extend(to_author(&request, at).filter(|_| is_told));
        draft.requests.push(request);
    }
    draft.erases = Some(id.clone());
    Ok(())
}

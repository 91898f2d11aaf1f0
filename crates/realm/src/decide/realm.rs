//! The realm itself: brought into being, frozen, given other rules.

use std::sync::Arc;

use bailiwick_policy::Reason;
use bailiwick_policy::scheme::Scheme;

use super::Judged;
use super::draft::Draft;
use crate::fingerprint::Fingerprint;
use crate::refusal::{Refusal, Refused};
use crate::state::{RealmStatus, Revision};
use crate::stranded::stranded;

pub(super) fn create(draft: &mut Draft<'_>, title: &str, scheme: &Arc<Scheme>) -> Judged {
    draft.operator_only()?;
    if draft.before.revision != Revision(0) {
        return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
    }
    draft.state.title = title.to_owned();
    draft.state.scheme = Arc::clone(scheme);
    draft.touch_realm();
    draft.touch_scheme();
    Ok(())
}

pub(super) fn set_status(draft: &mut Draft<'_>, status: RealmStatus) -> Judged {
    draft.operator_only()?;
    if draft.state.status == status {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    draft.state.status = status;
    draft.touch_realm();
    Ok(())
}

/// Replaces the rules, unless somebody would be stranded: every role that is held must still be one that can be held
/// there, every unit's kind must still be one.
pub(super) fn put_scheme(draft: &mut Draft<'_>, scheme: &Arc<Scheme>) -> Judged {
    draft.operator_only()?;
    draft.is_as_read(Fingerprint::of_scheme(&draft.state.scheme))?;
    // Compiled after the rules in force: what it was compiled after may not be those any more.
    let compiled = Scheme::parse_after(scheme.source(), &draft.state.scheme);
    let scheme = Arc::new(compiled.map_err(|_| {
        Refusal::new(Refused::Conflict, Reason::EtagMismatch).because("the scheme in force is another by now")
    })?);
    let stranded = stranded(&draft.state.world, &draft.state.scheme, &scheme);
    if !stranded.is_empty() {
        let names: Vec<_> = stranded.iter().map(|each| format!("`{}`", each.what)).collect();
        let detail = format!("still in use: {}", names.join(", "));
        let refusal = Refusal::precondition(Reason::SchemeStrandsUsers).because(detail);
        return Err(refusal.listing(stranded.iter().map(ToString::to_string)));
    }
    draft.state.apply(&crate::event::Event::Scheme(scheme));
    draft.touch_scheme();
    Ok(())
}

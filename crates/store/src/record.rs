//! Changes as the log tells them.

use crate::api::ChangeRecord;
use crate::codec::{self, Header, Names};
use crate::log::{Damage, StoredChange};

/// A stored change, read.
pub(crate) fn record(change: StoredChange, names: &Names<'_>) -> Result<ChangeRecord, Damage> {
    let header = Header::decode(&change.header, names)?;
    let said = Header::said(change.personal.as_ref())?;
    Ok(ChangeRecord {
        revision: change.revision,
        hash: change.hash,
        recorded_at: change.recorded_at,
        actor: header.actor,
        caller: header.caller,
        command: header.command,
        request_id: said.request_id.or(header.request_id),
        reason: said.reason,
        events: change.events.iter().map(|event| codec::decode(event, names)).collect::<Result<_, _>>()?,
        effects: header.effects,
    })
}

//! Changes as the log tells them.

use crate::api::ChangeRecord;
use crate::codec::{self, Header, Names};
use crate::log::{Damage, StoredChange};

/// A stored change, read.
pub(crate) fn record(change: StoredChange, names: &Names<'_>) -> Result<ChangeRecord, Damage> {
    let header = Header::decode(&change.header, names)?;
    Ok(ChangeRecord {
        revision: change.revision,
        hash: change.hash,
        recorded_at: change.recorded_at,
        actor: header.actor,
        caller: header.caller,
        command: header.command,
        request_id: header.request_id,
        reason: Header::reason(change.personal.as_ref())?,
        events: change.events.iter().map(|event| codec::decode(event, names)).collect::<Result<_, _>>()?,
        effects: header.effects,
    })
}

//! Computing a realm's chain anew.

use bailiwick_identity::RealmId;
use bailiwick_realm::{ChainHash, Revision};

use crate::api::VerifyError;
use crate::codec::{self, Header};
use crate::database::{Database, Fault, timely};
use crate::log::{Damage, Head, Personal, StoredChange, chain};
use crate::readers::READING;

/// Changes that are verified at a time.
const PAGE: usize = 256;

/// Verifies all of a realm's log, up to its newest revision.
pub(crate) async fn verify(
    conn: &mut impl Database,
    realm: &RealmId,
) -> Result<Result<Revision, VerifyError>, Fault> {
    let Some(head) = timely(READING, conn.head(realm)).await? else {
        return Ok(Err(VerifyError::UnknownRealm));
    };
    let mut verifier = Verifier::default();
    let mut limit = PAGE;
    while verifier.revision < head.revision {
        let page = match timely(READING, conn.read_log(realm, verifier.revision, limit)).await {
            Ok(page) => page,
            // Somewhere in the page: change by change, to tell where.
            Err(Fault::Damaged(_)) if limit > 1 => {
                limit = 1;
                continue;
            }
            Err(Fault::Damaged(Damage(what))) => return Ok(Err(verifier.broken_next(what))),
            Err(fault) => return Err(fault),
        };
        if page.is_empty() {
            return Ok(Err(verifier.broken_next("it is missing")));
        }
        for change in page.iter().take_while(|change| change.revision <= head.revision) {
            if let Err(broken) = verifier.take(change) {
                return Ok(Err(broken));
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(verifier.end(&head))
}

/// Takes changes one after the other and stops at the first that does not verify.
#[derive(Debug, Default)]
struct Verifier {
    revision: Revision,
    hash: ChainHash,
}

impl Verifier {
    /// The next revision is not what it should be.
    fn broken_next(&self, what: &'static str) -> VerifyError {
        VerifyError::Broken { revision: self.revision.next(), what }
    }

    /// Verifies the next change.
    fn take(&mut self, change: &StoredChange) -> Result<(), VerifyError> {
        examine(self.revision.next(), self.hash, change).map_err(|Damage(what)| self.broken_next(what))?;
        self.revision = change.revision;
        self.hash = change.hash;
        Ok(())
    }

    /// The head is where the log ends.
    fn end(self, head: &Head) -> Result<Revision, VerifyError> {
        if self.hash == head.hash {
            Ok(self.revision)
        } else {
            Err(VerifyError::Broken {
                revision: head.revision,
                what: "the realm's row tells another hash than the log",
            })
        }
    }
}

fn examine(revision: Revision, before: ChainHash, change: &StoredChange) -> Result<(), Damage> {
    if change.revision != revision {
        return Err(Damage("it is missing"));
    }
    let (named, recorded_at, count) = Header::outline(&change.header)?;
    if named != revision || recorded_at != change.recorded_at || count != change.events.len() {
        return Err(Damage("it is not what its header says"));
    }
    if chain::hash(before, &change.header, &change.events) != change.hash {
        return Err(Damage("it does not chain to the one before it"));
    }
    part(change.personal.as_ref(), &Header::personal_digest(&change.header)?)?;
    for event in &change.events {
        part(event.personal.as_ref(), &codec::personal_digest(&event.body)?)?;
    }
    Ok(())
}

/// A personal part is the one that was hashed, or erased.
fn part(personal: Option<&Personal>, digest: &[u8]) -> Result<(), Damage> {
    match personal {
        Some(personal) if chain::digest(personal).as_slice() != digest => {
            Err(Damage("a personal part is not the one that was hashed"))
        }
        Some(_) | None => Ok(()),
    }
}

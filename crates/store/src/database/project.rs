//! Computing anew what queries ask of people, where an older version computed less.

use bailiwick_identity::{RealmId, UsernameKey};

use super::{Database, Fault};
use crate::codec;
use crate::log::tables::ProfileRow;

/// What this version computes.
const VERSION: i64 = 3;
/// So many people are computed at a time.
const PORTION: usize = 1_024;

/// Brings what queries ask of people to this version. Several servers may start at once: one does it.
pub(crate) async fn project(conn: &mut impl Database, key: UsernameKey) -> Result<(), Fault> {
    if conn.projection().await? >= VERSION {
        return Ok(());
    }
    conn.begin_writing().await?;
    if !conn.set_projection(VERSION).await? {
        return conn.roll_back().await;
    }
    for head in conn.heads().await? {
        conn.lock(&head.realm).await?;
        project_realm(conn, &head.realm, key).await?;
    }
    conn.commit().await
}

async fn project_realm(conn: &mut impl Database, realm: &RealmId, key: UsernameKey) -> Result<(), Fault> {
    let mut newest = 0;
    loop {
        let portion = conn.profiles(realm, newest, PORTION).await?;
        let Some((last, ..)) = portion.last() else { return Ok(()) };
        newest = *last;
        let rows = portion.iter().map(|(_, user, part)| {
            let profile = codec::read_profile(part.as_deref())?;
            Ok(ProfileRow::new(user, &profile))
        });
        conn.project(realm, &rows.collect::<Result<Vec<_>, Fault>>()?, key).await?;
    }
}

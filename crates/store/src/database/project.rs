//! Computing anew what queries ask of people, where an older version computed less.

use bailiwick_identity::{RealmId, UserId, UsernameKey};
use bailiwick_realm::Revision;

use super::{Database, Fault};
use crate::codec;
use crate::log::tables::{Link, ProfileRow};
use crate::log::{Damage, EntityKind};

/// What this version computes.
const VERSION: i64 = 4;
/// The version from which on the columns of people have been what they are.
const PEOPLE: i64 = 3;
/// So many people are computed at a time.
const PORTION: usize = 1_024;

/// Brings what queries ask of people to this version. Several servers may start at once: one does it.
pub(crate) async fn project(conn: &mut impl Database, key: UsernameKey) -> Result<(), Fault> {
    let before = conn.projection().await?;
    if before >= VERSION {
        return Ok(());
    }
    conn.begin_writing().await?;
    if !conn.set_projection(VERSION).await? {
        return conn.roll_back().await;
    }
    for head in conn.heads().await? {
        conn.lock(&head.realm).await?;
        if before < PEOPLE {
            project_realm(conn, &head.realm, key).await?;
        }
        project_links(conn, &head.realm).await?;
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

/// What users are linked to, and were.
async fn project_links(conn: &mut impl Database, realm: &RealmId) -> Result<(), Fault> {
    let mut after = (String::new(), Revision(0));
    loop {
        let portion = conn.all_events(realm, EntityKind::Access, &after, PORTION).await?;
        let Some((revision, last)) = portion.last() else { return Ok(()) };
        after = (last.entity.clone(), *revision);
        let links = portion.iter().map(|(_, event)| {
            let user = UserId::parse(&event.entity).map_err(|_| Damage("an event is of no user"))?;
            codec::links(&user, &event.body)
        });
        let links: Vec<Vec<Link>> = links.collect::<Result<_, Damage>>()?;
        conn.note_links(realm, &links.concat()).await?;
    }
}

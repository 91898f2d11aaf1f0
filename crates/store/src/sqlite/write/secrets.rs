//! Writing what queries ask of credentials, and what is to be mailed.

use bailiwick_identity::RealmId;
use sqlx::sqlite::SqliteConnection;

use crate::database::Fault;
use crate::database::rows::{signed, stored_notice};
use crate::log::tables::{CredentialRow, MessageRow};

/// Writes credentials and messages. Of a user's credentials only the newest are compared with: what those before were
/// compared with is deleted, here and in the log, and so is what was to be mailed with them, where the secret is another
/// or none.
pub(super) async fn write(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    credentials: &[CredentialRow],
    messages: &[MessageRow],
) -> Result<(), Fault> {
    for row in credentials {
        sqlx::query(
            "UPDATE event SET salt = NULL, personal = NULL \
             WHERE realm = ?1 AND kind = 8 AND entity = ?2 AND revision < ?3 AND personal IS NOT NULL",
        )
        .bind(realm.as_str())
        .bind(row.user.as_str())
        .bind(signed(row.revision.0))
        .execute(&mut *conn)
        .await?;
        sqlx::query(
            "DELETE FROM outbox WHERE realm = ?1 AND user = ?2 AND kind <= 2 AND revision < ?3 AND ?4 IS NOT \
             (SELECT secret FROM credential WHERE realm = ?1 AND user = ?2)",
        )
        .bind(realm.as_str())
        .bind(row.user.as_str())
        .bind(signed(row.revision.0))
        .bind(row.secret.map(|digest| digest.0.to_vec()))
        .execute(&mut *conn)
        .await?;
        sqlx::query(
            "INSERT INTO credential (realm, user, secret) VALUES (?1, ?2, ?3) \
             ON CONFLICT (realm, user) DO UPDATE SET secret = excluded.secret",
        )
        .bind(realm.as_str())
        .bind(row.user.as_str())
        .bind(row.secret.map(|digest| digest.0.to_vec()))
        .execute(&mut *conn)
        .await?;
    }
    if let Some(last) = messages.last() {
        sqlx::query("DELETE FROM outbox WHERE realm = ?1 AND expires_at <= ?2")
            .bind(realm.as_str())
            .bind(last.created_at.as_micros())
            .execute(&mut *conn)
            .await?;
    }
    for row in messages {
        let (kind, sealed, request) = stored_notice(&row.message.notice);
        sqlx::query(
            "INSERT INTO outbox (realm, id, revision, kind, user, sealed, created_at, expires_at, request) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .bind(realm.as_str())
        .bind(signed(row.id))
        .bind(signed(row.revision.0))
        .bind(kind)
        .bind(row.message.user.as_str())
        .bind(sealed)
        .bind(row.created_at.as_micros())
        .bind(row.message.expires_at.as_micros())
        .bind(request)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

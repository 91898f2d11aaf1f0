//! Erasing a person: personal parts and their random bytes go; what is hashed stays, and the chain still verifies.

use bailiwick_identity::{RealmId, UserId};
use bailiwick_realm::Revision;
use sqlx::PgConnection;

use crate::database::Fault;
use crate::database::rows::signed;

/// What is personal about a user, in the log and in the current tables. What the erasure itself says, its reason, stays;
/// and so does what is remembered of callers' ids, so that a command that made the person is not carried out again.
pub(super) async fn erase(
    conn: &mut PgConnection,
    realm: &RealmId,
    user: &UserId,
    by: Revision,
) -> Result<(), Fault> {
    for statement in [
        "UPDATE event SET salt = NULL, personal = NULL \
         WHERE realm = $1 AND kind IN (4, 5, 8) AND entity = $2 AND revision <= $3",
        "UPDATE change SET salt = NULL, personal = NULL WHERE realm = $1 AND revision < $3 AND revision IN \
         (SELECT revision FROM event WHERE realm = $1 AND kind IN (4, 5, 6, 8) AND entity = $2)",
        "UPDATE entity SET personal = NULL \
         WHERE realm = $1 AND kind IN (4, 5, 8) AND entity = $2 AND revision <= $3",
        "UPDATE event SET salt = NULL, personal = NULL WHERE realm = $1 AND kind = 9 AND revision <= $3 AND entity IN \
         (SELECT request FROM request_subject WHERE realm = $1 AND \"user\" = $2)",
        "UPDATE change SET salt = NULL, personal = NULL WHERE realm = $1 AND revision < $3 AND revision IN \
         (SELECT e.revision FROM request_subject AS s \
         JOIN event AS e ON e.realm = s.realm AND e.kind = 9 AND e.entity = s.request \
         WHERE s.realm = $1 AND s.\"user\" = $2)",
        "UPDATE entity SET personal = NULL WHERE realm = $1 AND kind = 9 AND revision <= $3 AND entity IN \
         (SELECT request FROM request_subject WHERE realm = $1 AND \"user\" = $2)",
        "UPDATE change SET salt = NULL, personal = NULL WHERE realm = $1 AND revision < $3 AND revision IN \
         (SELECT e.revision FROM review_subject AS s \
         JOIN event AS e ON e.realm = s.realm AND e.kind = 10 AND e.entity = s.review \
         WHERE s.realm = $1 AND s.\"user\" = $2)",
        "UPDATE used_username SET \"user\" = NULL WHERE realm = $1 AND \"user\" = $2 AND $3 > 0",
        "DELETE FROM credential WHERE realm = $1 AND \"user\" = $2 AND $3 > 0",
        "DELETE FROM login_failure WHERE realm = $1 AND \"user\" = $2 AND $3 > 0",
        "DELETE FROM outbox WHERE realm = $1 AND \"user\" = $2 AND revision <= $3",
        // Older versions remembered callers' ids as they were given; others are digests, and stay.
        "DELETE FROM request_id WHERE realm = $1 AND revision < $3 AND id NOT LIKE '#%' AND revision IN \
         (SELECT revision FROM event WHERE realm = $1 AND kind IN (4, 5, 6, 8) AND entity = $2)",
    ] {
        sqlx::query(statement)
            .bind(realm.as_str())
            .bind(user.as_str())
            .bind(signed(by.0))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

//! Opening the file: what it is, whether it is whole, and bringing it to this version.

use std::borrow::Cow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row, SqlSafeStr, SqlStr, SqliteConnection, SqlitePool};

use crate::api::OpenError;
use crate::database::rows::Columns;
use crate::database::{Database, Fault, Identity, Opened, project};
use crate::log::Damage;
use crate::readers::Readers;

/// The format that this version writes.
const FORMAT: i64 = 1;
/// Connections that read.
const READERS: u32 = 4;
/// How long a lock of another process is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// SQLite's `SQLITE_READONLY`.
const READ_ONLY: i64 = 8;
/// SQLite's `SQLITE_CORRUPT`.
const CORRUPT: i64 = 11;
/// SQLite's `SQLITE_NOTADB`.
const NOT_A_DATABASE: i64 = 26;

/// Whether an error says that the file is not what it was.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(inner) if inner.try_downcast_ref::<SqliteError>().is_some())
        && matches!(code(error), Some(CORRUPT | NOT_A_DATABASE))
}

/// The primary code of an SQLite error.
fn code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i64>().ok().map(|code| code & 0xff)
}

/// Every migration, oldest first.
pub(super) fn migrations() -> Migrator {
    let all = [
        (1, "initial", include_str!("../../../../migrations/sqlite/0001_initial.sql")),
        (2, "people", include_str!("../../../../migrations/sqlite/0002_people.sql")),
        (3, "matching", include_str!("../../../../migrations/sqlite/0003_matching.sql")),
        (4, "lists", include_str!("../../../../migrations/sqlite/0004_lists.sql")),
        (5, "credentials", include_str!("../../../../migrations/sqlite/0005_credentials.sql")),
        (6, "outbox", include_str!("../../../../migrations/sqlite/0006_outbox.sql")),
        (7, "request_ids", include_str!("../../../../migrations/sqlite/0007_request_ids.sql")),
        (8, "links", include_str!("../../../../migrations/sqlite/0008_links.sql")),
        (9, "requests", include_str!("../../../../migrations/sqlite/0009_requests.sql")),
        (10, "request_lists", include_str!("../../../../migrations/sqlite/0010_request_lists.sql")),
        (11, "reviews", include_str!("../../../../migrations/sqlite/0011_reviews.sql")),
        (12, "notices", include_str!("../../../../migrations/sqlite/0012_notices.sql")),
        (13, "waiting_in_order", include_str!("../../../../migrations/sqlite/0013_waiting_in_order.sql")),
    ];
    let migrations = all.into_iter().map(|(version, name, text)| {
        let sql: SqlStr = text.into_sql_str();
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// How connections to a file are set.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        // What is deleted is overwritten.
        .pragma("secure_delete", "ON")
        // A thousand new people touch tens of thousands of pages, here and there in every index, and whoever lists ten
        // thousand of a million as many: they are kept (KiB, where negative), and written through less often (pages).
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "8000")
        // Rows go from SQLite's thread to the one that asked: a page of a list in one go, not by fifty.
        .row_buffer_size(1_024)
        .disable_statement_logging()
}

/// Opens a file, made if it is missing; the identity is for a new one.
pub(crate) async fn open(path: &Path, identity: Identity) -> Result<Opened<SqliteConnection>, OpenError> {
    let told = |fault| tell(path, fault);
    prepare(path).await?;
    let options = options(path);
    let mut writer = options.connect().await.map_err(|error| told(error.into()))?;
    migrate(&mut writer, path).await?;
    let identity = identify(&mut writer, identity).await.map_err(told)?;
    project(&mut writer, identity.username_key).await.map_err(told)?;
    let readers = pool(&options, READERS).await.map_err(|error| told(error.into()))?;
    let probe = pool(&options, 1).await.map_err(|error| told(error.into()))?;
    let (readers, probe) = (Readers::Sqlite(readers), Readers::Sqlite(probe));
    Ok(Opened { source: options, writer, readers, probe, identity })
}

/// Examines a file that is there without touching it; makes one that is not, for its owner alone.
async fn prepare(path: &Path) -> Result<(), OpenError> {
    let is_empty = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    if is_empty {
        // Where this fails, connecting says why.
        drop(std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
        return Ok(());
    }
    let reading = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
    let conn = reading.disable_statement_logging().connect().await;
    let mut conn = conn.map_err(|error| tell(path, error.into()))?;
    let rolled_back = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut conn).await;
    if rolled_back.as_ref().is_err_and(|error| code(error) == Some(READ_ONLY)) {
        // What a first start that was cut short left undone is undone by whoever may write.
        let writing = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY);
        let writing = writing.disable_statement_logging().connect().await;
        conn = writing.map_err(|error| tell(path, error.into()))?;
    }
    let examined = examine(&mut conn, path).await;
    conn.close().await.map_err(|error| tell(path, error.into()))?;
    examined
}

/// Connections that read.
async fn pool(options: &SqliteConnectOptions, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // A read that was cancelled must not leave its transaction to whoever comes next.
        .after_release(|conn, _| {
            Box::pin(async move {
                // Where no transaction is open, which is the rule, this is an error and means nothing.
                let _ = sqlx::raw_sql("ROLLBACK").execute(conn).await;
                Ok(true)
            })
        })
        .connect_with(options.clone().create_if_missing(false).pragma("query_only", "ON"))
        .await
}

/// Whether the file is whole, ours, and not of a newer version. Changes nothing.
async fn examine(conn: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let told = |fault| tell(path, fault);
    let rows =
        sqlx::query("PRAGMA quick_check(1)").fetch_all(&mut *conn).await.map_err(|e| told(e.into()))?;
    let whole = rows.first().is_some_and(|row| row.try_get::<&str, _>(0).is_ok_and(|word| word == "ok"));
    if !whole {
        return Err(damaged(path));
    }
    let tables = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'table'");
    let tables = tables.fetch_all(&mut *conn).await.map_err(|e| told(e.into()))?;
    let has =
        |name: &str| tables.iter().any(|row| row.try_get::<&str, _>(0).is_ok_and(|table| table == name));
    if tables.is_empty() {
        return Ok(());
    }
    if !has("meta") || !has("_sqlx_migrations") {
        // A start that was cut short leaves nothing but the list of migrations.
        let cut_short =
            tables.iter().all(|row| row.try_get::<&str, _>(0).is_ok_and(|t| t == "_sqlx_migrations"));
        return if cut_short { Ok(()) } else { Err(foreign(path)) };
    }
    let row = sqlx::query("SELECT format FROM meta").fetch_optional(conn).await;
    let Ok(row) = row else { return Err(foreign(path)) };
    match row.map(|row| row.number(0)).transpose().map_err(told)? {
        Some(format) if format > FORMAT => Err(newer(path)),
        Some(_) | None => Ok(()),
    }
}

async fn migrate(conn: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let migrator = migrations();
    let mut outcome = migrator.run_direct(None, &mut *conn, false).await;
    if matches!(&outcome, Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))) {
        // Another process may be at it: what it has done is not done again.
        tokio::time::sleep(Duration::from_millis(200)).await;
        outcome = migrator.run_direct(None, &mut *conn, false).await;
    }
    let Err(error) = outcome else { return Ok(()) };
    if matches!(error, MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) {
        return Err(newer(path));
    }
    tracing::error!(%error, "the database cannot be brought to this version");
    if matches!(error, MigrateError::VersionMismatch(_) | MigrateError::Dirty(_)) {
        return Err(damaged(path));
    }
    Err(unreadable(path))
}

/// Writes format and identity into a new database, and reads them from any.
async fn identify(conn: &mut SqliteConnection, new: Identity) -> Result<Identity, Fault> {
    sqlx::query(
        "INSERT INTO meta (id, format, epoch, page_key) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )
    .bind(FORMAT)
    .bind(new.epoch.to_vec())
    .bind(new.page_key.to_vec())
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE meta SET username_key = ? WHERE username_key IS NULL")
        .bind(new.username_key.0.to_vec())
        .execute(&mut *conn)
        .await?;
    let identity = conn.identity().await?;
    Ok(identity.ok_or(Damage("it says nothing of itself"))?)
}

fn tell(path: &Path, fault: Fault) -> OpenError {
    match fault {
        Fault::Damaged(_) => damaged(path),
        Fault::Database(error) => {
            tracing::error!(%error, "the database does not open");
            unreadable(path)
        }
        Fault::Silent | Fault::Unfit => {
            tracing::error!("the database does not answer in time");
            unreadable(path)
        }
    }
}

fn damaged(path: &Path) -> OpenError {
    OpenError::Damaged(format!(
        "`{}` is damaged or is no database: put it aside with its `-wal` and `-shm` files and restore a backup",
        path.display()
    ))
}

fn foreign(path: &Path) -> OpenError {
    OpenError::Damaged(format!(
        "`{}` is a database of another program: name another file, or none to have a new one made",
        path.display()
    ))
}

fn newer(path: &Path) -> OpenError {
    OpenError::Newer(format!(
        "`{}` was written by a newer version of bailiwick: start that version, or restore a backup from before it",
        path.display()
    ))
}

fn unreadable(path: &Path) -> OpenError {
    OpenError::Unreadable(format!(
        "`{}` cannot be opened for reading and writing: see that its directory exists, that both may be written, that \
         the disk is not full, and that no other process keeps it locked",
        path.display()
    ))
}

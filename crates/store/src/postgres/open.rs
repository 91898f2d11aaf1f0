//! Opening a database: what it is, and bringing it to this version.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, SqlSafeStr, SqlStr};

use super::connection::SET_READING;
use crate::api::{OpenError, PostgresUrl};
use crate::database::rows::Columns;
use crate::database::{Database, Fault, Identity, Opened, Told, project};
use crate::log::Damage;
use crate::readers::Readers;

/// The format that this version writes.
const FORMAT: i64 = 1;
/// Connections that read.
const READERS: u32 = 8;
/// How long a connection is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// How long a connection may take to say that it is there.
const AT_ONCE: Duration = Duration::from_secs(1);
/// The oldest server that is known to do.
const OLDEST: i64 = 140_000;

/// Every migration, oldest first.
pub(super) fn migrations() -> Migrator {
    let all = [
        (1, "initial", include_str!("../../../../migrations/postgres/0001_initial.sql")),
        (2, "people", include_str!("../../../../migrations/postgres/0002_people.sql")),
        (3, "matching", include_str!("../../../../migrations/postgres/0003_matching.sql")),
        (4, "lists", include_str!("../../../../migrations/postgres/0004_lists.sql")),
        (5, "credentials", include_str!("../../../../migrations/postgres/0005_credentials.sql")),
        (6, "outbox", include_str!("../../../../migrations/postgres/0006_outbox.sql")),
        (7, "request_ids", include_str!("../../../../migrations/postgres/0007_request_ids.sql")),
        (8, "links", include_str!("../../../../migrations/postgres/0008_links.sql")),
        (9, "requests", include_str!("../../../../migrations/postgres/0009_requests.sql")),
        (10, "request_lists", include_str!("../../../../migrations/postgres/0010_request_lists.sql")),
        (11, "reviews", include_str!("../../../../migrations/postgres/0011_reviews.sql")),
        (12, "notices", include_str!("../../../../migrations/postgres/0012_notices.sql")),
        (13, "waiting_in_order", include_str!("../../../../migrations/postgres/0013_waiting_in_order.sql")),
    ];
    let migrations = all.into_iter().map(|(version, name, text)| {
        let sql: SqlStr = text.into_sql_str();
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Opens a database; the identity is for a new one.
pub(crate) async fn open(url: &PostgresUrl, identity: Identity) -> Result<Opened<PgConnection>, OpenError> {
    let options = PgConnectOptions::from_str(url.expose()).map_err(|_| {
        // The error may quote the address, and a password in it.
        OpenError::Unreadable("the address of the PostgreSQL database cannot be read".to_owned())
    })?;
    let options = options.application_name("bailiwick").disable_statement_logging();
    let mut writer = <PgConnection as Database>::open(&options).await.map_err(tell)?;
    examine(&mut writer).await?;
    migrate(&mut writer).await?;
    let identity = identify(&mut writer, identity).await.map_err(tell)?;
    project(&mut writer, identity.username_key).await.map_err(tell)?;
    let readers =
        Readers::Postgres(pool(&options, READERS, identity).await.map_err(|error| tell(error.into()))?);
    let probe = Readers::Postgres(pool(&options, 1, identity).await.map_err(|error| tell(error.into()))?);
    Ok(Opened { source: options, writer, readers, probe, identity })
}

/// Connections that read, all of them from the database that was opened.
async fn pool(
    options: &PgConnectOptions,
    connections: u32,
    identity: Identity,
) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                sqlx::raw_sql(SET_READING).execute(&mut *conn).await?;
                match conn.identity().await {
                    Ok(Some(found)) if found == identity => Ok(()),
                    Err(Fault::Database(error)) => Err(error),
                    Ok(_) | Err(Fault::Damaged(_) | Fault::Silent | Fault::Unfit) => {
                        Err(sqlx::Error::Protocol(
                            "this is not the database that was opened, or it cannot be written".to_owned(),
                        ))
                    }
                }
            })
        })
        // One that is asked whether it is there has no more than a moment: then another is made.
        .test_before_acquire(false)
        .before_acquire(|conn, _| Box::pin(async move { at_once(conn.ping()).await.map(|()| true) }))
        // A read that was cancelled must not leave its transaction to whoever comes next.
        .after_release(|conn, _| {
            let ended = async move { sqlx::raw_sql("ROLLBACK").execute(conn).await };
            Box::pin(async move { at_once(ended).await.map(|_| true) })
        })
        .connect_with(options.clone())
        .await
}

/// What needs no thinking is answered at once, or not at all.
async fn at_once<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let late = |_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(AT_ONCE, asked).await.unwrap_or_else(late)
}

/// Whether the server will do, and the database is ours or empty, and not of a newer version. Changes nothing.
async fn examine(conn: &mut PgConnection) -> Result<(), OpenError> {
    let server = sqlx::query(
        "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), \
         pg_is_in_recovery()::int::bigint, current_setting('fsync')",
    );
    let server = server.fetch_one(&mut *conn).await.map_err(|error| tell(error.into()))?;
    let unfit = |why: &str| Err(OpenError::Unreadable(format!("the PostgreSQL server {why}")));
    if server.number(0).map_err(tell)? < OLDEST {
        return unfit("is older than version 14");
    }
    if server.text(1).map_err(tell)? != "UTF8" {
        return unfit("keeps this database in another encoding than UTF8: make one with `ENCODING 'UTF8'`");
    }
    if server.number(2).map_err(tell)? != 0 {
        return unfit("is a standby: name the primary");
    }
    if server.text(3).map_err(tell)? != "on" {
        tracing::warn!("the PostgreSQL server runs with `fsync = off`: acknowledged changes can be lost");
    }
    let tables =
        sqlx::query("SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = current_schema()");
    let tables = tables.fetch_all(&mut *conn).await.map_err(|error| tell(error.into()))?;
    let has = |name: &str| tables.iter().any(|row| row.text(0).is_ok_and(|table| table == name));
    if tables.is_empty() {
        return Ok(());
    }
    if !has("_sqlx_migrations") || (!has("meta") && tables.len() > 1) {
        return Err(foreign());
    }
    if !has("meta") {
        // A start that was cut short leaves nothing but the list of migrations.
        return Ok(());
    }
    let row = sqlx::query("SELECT format FROM meta").fetch_optional(conn).await;
    let Ok(row) = row else { return Err(foreign()) };
    match row.map(|row| row.number(0)).transpose().map_err(tell)? {
        Some(format) if format > FORMAT => Err(newer()),
        Some(_) | None => Ok(()),
    }
}

/// Several servers may start at once: one of them migrates, the others wait for it.
async fn migrate(conn: &mut PgConnection) -> Result<(), OpenError> {
    // Waiting for another server's migration is no lock that lasts too long.
    let patient = sqlx::raw_sql("SET lock_timeout = 0").execute(&mut *conn).await;
    patient.map_err(|error| tell(error.into()))?;
    let outcome = migrations().run_direct(None, &mut *conn, false).await;
    let again = sqlx::raw_sql("SET lock_timeout = '5s'").execute(conn).await;
    again.map_err(|error| tell(error.into()))?;
    let Err(error) = outcome else { return Ok(()) };
    if matches!(error, MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) {
        return Err(newer());
    }
    tracing::error!(%error, "the database cannot be brought to this version");
    if matches!(error, MigrateError::VersionMismatch(_) | MigrateError::Dirty(_)) {
        return Err(OpenError::Damaged(
            "the PostgreSQL database was altered by another hand: restore a backup".to_owned(),
        ));
    }
    Err(unreadable())
}

/// Writes format and identity into a new database, and reads them from any.
async fn identify(conn: &mut PgConnection, new: Identity) -> Result<Identity, Fault> {
    sqlx::query(
        "INSERT INTO meta (id, format, epoch, page_key) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(FORMAT)
    .bind(new.epoch.as_slice())
    .bind(new.page_key.as_slice())
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE meta SET username_key = $1 WHERE username_key IS NULL")
        .bind(new.username_key.0.as_slice())
        .execute(&mut *conn)
        .await?;
    let identity = conn.identity().await?;
    Ok(identity.ok_or(Damage("it says nothing of itself"))?)
}

fn tell(fault: Fault) -> OpenError {
    match fault {
        Fault::Damaged(damage) => {
            OpenError::Damaged(format!("the PostgreSQL database is damaged ({damage}): restore a backup"))
        }
        Fault::Database(error) => {
            tracing::error!(error = %Told(&error), "the database does not open");
            unreadable()
        }
        Fault::Silent | Fault::Unfit => {
            tracing::error!("the database does not answer in time");
            unreadable()
        }
    }
}

fn foreign() -> OpenError {
    OpenError::Damaged(
        "the PostgreSQL database has tables of another program: name one of its own, which may be empty"
            .to_owned(),
    )
}

fn newer() -> OpenError {
    OpenError::Newer(
        "the PostgreSQL database was written by a newer version of bailiwick: start that version, or restore a backup \
         from before it"
            .to_owned(),
    )
}

fn unreadable() -> OpenError {
    OpenError::Unreadable(
        "the PostgreSQL database cannot be opened for reading and writing: see that the server runs and can be \
         reached, that user, password and name are right, and that the user owns the database; the log says what it \
         answered"
            .to_owned(),
    )
}

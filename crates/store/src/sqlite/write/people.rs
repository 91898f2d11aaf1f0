//! Writing the columns that queries ask of people.

use bailiwick_identity::{RealmId, UserId, UsernameKey, username_family};
use sqlx::QueryBuilder;
use sqlx::query_builder::Separated;
use sqlx::sqlite::{Sqlite, SqliteConnection};

use super::{portions, run};
use crate::database::rows::signed;
use crate::database::{Clash, Fault};
use crate::log::tables::{People, ProfileRow, TouchedRow, named};
use crate::sqlite::json;

/// Writes what is known of people after a batch. First of those who are there: somebody new may have what was theirs.
pub(super) async fn write_all(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    people: &People<'_>,
    key: UsernameKey,
) -> Result<(), Fault> {
    let People { new, touched, profiles } = people;
    write_touched(conn, realm, touched).await?;
    write(conn, realm, profiles, key, Clash::Error).await?;
    write_new(conn, realm, new, key).await
}

/// Writes people of whom nothing is there yet. That somebody has what is to be theirs is an error of the database.
async fn write_new(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    new: &[(&TouchedRow, &ProfileRow)],
    key: UsernameKey,
) -> Result<(), Fault> {
    for portion in portions(new) {
        let mut statement = QueryBuilder::new(
            "INSERT INTO profile (realm, user, etag, created_at, updated_at, username, email, last_name, names, \
             birth_date, provider_subject, first_name) ",
        );
        statement.push_values(portion, |mut row, (touched, profile)| {
            row.push_bind(realm.as_str())
                .push_bind(profile.user.as_str())
                .push_bind(signed(touched.revision.0))
                .push_bind(touched.at.as_micros())
                .push_bind(touched.at.as_micros());
            push_columns(&mut row, profile);
        });
        run(conn, statement).await?;
    }
    let profiles: Vec<&ProfileRow> = new.iter().map(|(_, profile)| *profile).collect();
    for portion in portions(&named(&profiles)) {
        let mut statement = QueryBuilder::new("INSERT INTO used_username (realm, name, family, user) ");
        statement.push_values(portion, |mut row, (form, profile)| {
            row.push_bind(realm.as_str())
                .push_bind(key.digest(form).0.to_vec())
                .push_bind(key.digest(username_family(form)).0.to_vec())
                .push_bind(profile.user.as_str());
        });
        run(conn, statement).await?;
    }
    write_external_ids(conn, realm, &profiles).await
}

/// What is asked of a profile, in the order in which both statements name it.
fn push_columns(row: &mut Separated<'_, Sqlite, &'static str>, profile: &ProfileRow) {
    row.push_bind(profile.username.as_deref())
        .push_bind(profile.email.as_deref())
        .push_bind(profile.last_name.as_str())
        .push_bind(profile.names.as_deref())
        .push_bind(profile.birth_date.as_deref())
        .push_bind(profile.provider_subject.as_deref())
        .push_bind(profile.first_name.as_str());
}

/// Notes when users changed; one who is not there yet is made.
async fn write_touched(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    touched: &[&TouchedRow],
) -> Result<(), Fault> {
    for portion in portions(touched) {
        let mut statement =
            QueryBuilder::new("INSERT INTO profile (realm, user, etag, created_at, updated_at) ");
        statement.push_values(portion, |mut row, touched| {
            row.push_bind(realm.as_str())
                .push_bind(touched.user.as_str())
                .push_bind(signed(touched.revision.0))
                .push_bind(touched.at.as_micros())
                .push_bind(touched.at.as_micros());
        });
        statement.push(
            " ON CONFLICT (realm, user) DO UPDATE SET etag = excluded.etag, updated_at = excluded.updated_at",
        );
        run(conn, statement).await?;
    }
    Ok(())
}

/// Writes what queries ask of people who are there.
pub(in crate::sqlite) async fn write(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
    key: UsernameKey,
    clash: Clash,
) -> Result<(), Fault> {
    if profiles.is_empty() {
        return Ok(());
    }
    // First, while it can be told who has their username already.
    write_usernames(conn, realm, profiles, key, clash).await?;
    clear_people(conn, realm, profiles).await?;
    for portion in portions(profiles) {
        let mut statement = QueryBuilder::new(
            "UPDATE profile SET username = new.column2, email = new.column3, last_name = new.column4, \
             names = new.column5, birth_date = new.column6, provider_subject = new.column7, \
             first_name = new.column8 FROM (",
        );
        statement.push_values(portion, |mut row, profile| {
            row.push_bind(profile.user.as_str());
            push_columns(&mut row, profile);
        });
        statement.push(") AS new WHERE profile.user = new.column1 AND profile.realm = ");
        statement.push_bind(realm.as_str());
        run(conn, statement).await?;
    }
    write_external_ids(conn, realm, profiles).await
}

/// Takes away what must be unique before it is given anew: two users of a batch may have exchanged it.
async fn clear_people(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
) -> Result<(), Fault> {
    let users = json::list(profiles.iter().map(|profile| profile.user.as_str()));
    sqlx::query(
        "UPDATE profile SET username = NULL, email = NULL, provider_subject = NULL \
         WHERE realm = ? AND user IN (SELECT value FROM json_each(?)) AND (username IS NOT NULL OR email IS NOT NULL \
         OR provider_subject IS NOT NULL)",
    )
    .bind(realm.as_str())
    .bind(users.as_str())
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM external_id WHERE realm = ? AND user IN (SELECT value FROM json_each(?))")
        .bind(realm.as_str())
        .bind(users)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes usernames as used. One that another user ever had is an error of the database.
async fn write_usernames(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
    key: UsernameKey,
    clash: Clash,
) -> Result<(), Fault> {
    for portion in portions(&named(profiles)) {
        let mut statement = QueryBuilder::new(
            "INSERT INTO used_username (realm, name, family, user) \
             SELECT column1, column2, column3, column4 FROM (",
        );
        statement.push_values(portion, |mut row, (form, profile)| {
            row.push_bind(realm.as_str())
                .push_bind(key.digest(form).0.to_vec())
                .push_bind(key.digest(username_family(form)).0.to_vec())
                .push_bind(profile.user.as_str())
                .push_bind(profile.username.as_deref());
        });
        statement.push(
            ") AS new WHERE NOT EXISTS (SELECT 1 FROM used_username AS old WHERE old.realm = new.column1 \
             AND old.name = new.column2 AND old.user = new.column4)",
        );
        statement.push(match clash {
            Clash::Error => {
                " AND NOT EXISTS (SELECT 1 FROM profile AS has WHERE has.realm = new.column1 \
                 AND has.user = new.column4 AND has.username = new.column5)"
            }
            Clash::OldOnes => " ON CONFLICT (realm, name) DO NOTHING",
        });
        run(conn, statement).await?;
    }
    Ok(())
}

async fn write_external_ids(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
) -> Result<(), Fault> {
    let mut rows: Vec<(&UserId, &String, &String)> = Vec::new();
    for profile in profiles {
        rows.extend(profile.external_ids.iter().map(|(name, value)| (&profile.user, name, value)));
    }
    for portion in portions(&rows) {
        let mut statement = QueryBuilder::new("INSERT INTO external_id (realm, name, value, user) ");
        statement.push_values(portion, |mut row, (user, name, value)| {
            row.push_bind(realm.as_str())
                .push_bind(name.as_str())
                .push_bind(value.as_str())
                .push_bind(user.as_str());
        });
        run(conn, statement).await?;
    }
    Ok(())
}

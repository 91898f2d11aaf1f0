//! Writing the columns that queries ask of people.

use bailiwick_identity::{RealmId, UserId, UsernameKey, username_family};
use sqlx::PgConnection;

use super::each;
use crate::database::rows::signed;
use crate::database::{Clash, Fault};
use crate::log::tables::{People, ProfileRow, TouchedRow, named};

/// Writes what is known of people after a batch. First of those who are there: somebody new may have what was theirs.
pub(super) async fn write_all(
    conn: &mut PgConnection,
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
    conn: &mut PgConnection,
    realm: &RealmId,
    new: &[(&TouchedRow, &ProfileRow)],
    key: UsernameKey,
) -> Result<(), Fault> {
    if new.is_empty() {
        return Ok(());
    }
    sqlx::query(
        r#"INSERT INTO profile (realm, "user", etag, created_at, updated_at, username, email, last_name, names,
             birth_date, provider_subject, first_name)
         SELECT $1, who, etag, at, at, username, email, last_name, names, birth_date, provider_subject, first_name
         FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
             $10::text[], $11::text[])
             AS new (who, etag, at, username, email, last_name, names, birth_date, provider_subject, first_name)"#,
    )
    .bind(realm.as_str())
    .bind(each(new, |(_, p)| p.user.as_str()))
    .bind(each(new, |(t, _)| signed(t.revision.0)))
    .bind(each(new, |(t, _)| t.at.as_micros()))
    .bind(each(new, |(_, p)| p.username.as_deref()))
    .bind(each(new, |(_, p)| p.email.as_deref()))
    .bind(each(new, |(_, p)| p.last_name.as_str()))
    .bind(each(new, |(_, p)| p.names.as_deref()))
    .bind(each(new, |(_, p)| p.birth_date.as_deref()))
    .bind(each(new, |(_, p)| p.provider_subject.as_deref()))
    .bind(each(new, |(_, p)| p.first_name.as_str()))
    .execute(&mut *conn)
    .await?;
    let profiles = each(new, |(_, profile)| *profile);
    let named = named(&profiles);
    sqlx::query(
        r#"INSERT INTO used_username (realm, name, family, "user") SELECT $1, *
         FROM unnest($2::bytea[], $3::bytea[], $4::text[])"#,
    )
    .bind(realm.as_str())
    .bind(each(&named, |(form, _)| key.digest(form).0.to_vec()))
    .bind(each(&named, |(form, _)| key.digest(username_family(form)).0.to_vec()))
    .bind(each(&named, |(_, profile)| profile.user.as_str()))
    .execute(&mut *conn)
    .await?;
    write_external_ids(conn, realm, &profiles).await
}

/// Notes when users changed; one who is not there yet is made.
async fn write_touched(
    conn: &mut PgConnection,
    realm: &RealmId,
    touched: &[&TouchedRow],
) -> Result<(), Fault> {
    sqlx::query(
        r#"INSERT INTO profile (realm, "user", etag, created_at, updated_at) SELECT $1, who, etag, at, at
         FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS new (who, etag, at)
         ON CONFLICT (realm, "user") DO UPDATE SET etag = excluded.etag, updated_at = excluded.updated_at"#,
    )
    .bind(realm.as_str())
    .bind(each(touched, |t| t.user.as_str()))
    .bind(each(touched, |t| signed(t.revision.0)))
    .bind(each(touched, |t| t.at.as_micros()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what queries ask of people who are there.
pub(in crate::postgres) async fn write(
    conn: &mut PgConnection,
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
    write_profiles(conn, realm, profiles).await?;
    write_external_ids(conn, realm, profiles).await
}

/// What must be unique is taken away before it is given anew: two users of a batch may have exchanged it.
async fn write_profiles(
    conn: &mut PgConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
) -> Result<(), Fault> {
    let users = each(profiles, |p| p.user.as_str());
    sqlx::query(
        r#"UPDATE profile SET username = NULL, email = NULL, provider_subject = NULL
         WHERE realm = $1 AND "user" = ANY($2)
         AND (username IS NOT NULL OR email IS NOT NULL OR provider_subject IS NOT NULL)"#,
    )
    .bind(realm.as_str())
    .bind(&users)
    .execute(&mut *conn)
    .await?;
    sqlx::query(r#"DELETE FROM external_id WHERE realm = $1 AND "user" = ANY($2)"#)
        .bind(realm.as_str())
        .bind(&users)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        r#"UPDATE profile SET username = new.username, email = new.email, last_name = new.last_name, names = new.names,
             birth_date = new.birth_date, provider_subject = new.provider_subject, first_name = new.first_name
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
             AS new (who, username, email, last_name, names, birth_date, provider_subject, first_name)
         WHERE profile.realm = $1 AND profile."user" = new.who"#,
    )
    .bind(realm.as_str())
    .bind(&users)
    .bind(each(profiles, |p| p.username.as_deref()))
    .bind(each(profiles, |p| p.email.as_deref()))
    .bind(each(profiles, |p| p.last_name.as_str()))
    .bind(each(profiles, |p| p.names.as_deref()))
    .bind(each(profiles, |p| p.birth_date.as_deref()))
    .bind(each(profiles, |p| p.provider_subject.as_deref()))
    .bind(each(profiles, |p| p.first_name.as_str()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes usernames as used. One that another user ever had is an error of the database.
async fn write_usernames(
    conn: &mut PgConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
    key: UsernameKey,
    clash: Clash,
) -> Result<(), Fault> {
    let named = named(profiles);
    let statement = match clash {
        Clash::Error => {
            r#"INSERT INTO used_username (realm, name, family, "user") SELECT $1, new.name, new.family, new.who
             FROM unnest($2::bytea[], $3::bytea[], $4::text[], $5::text[]) AS new (name, family, who, username)
             WHERE NOT EXISTS (SELECT 1 FROM used_username AS old
                 WHERE old.realm = $1 AND old.name = new.name AND old."user" = new.who)
             AND NOT EXISTS (SELECT 1 FROM profile AS has
                 WHERE has.realm = $1 AND has."user" = new.who AND has.username = new.username)"#
        }
        Clash::OldOnes => {
            r#"INSERT INTO used_username (realm, name, family, "user") SELECT $1, new.name, new.family, new.who
             FROM unnest($2::bytea[], $3::bytea[], $4::text[], $5::text[]) AS new (name, family, who, username)
             ON CONFLICT (realm, name) DO NOTHING"#
        }
    };
    sqlx::query(statement)
        .bind(realm.as_str())
        .bind(each(&named, |(form, _)| key.digest(form).0.to_vec()))
        .bind(each(&named, |(form, _)| key.digest(username_family(form)).0.to_vec()))
        .bind(each(&named, |(_, profile)| profile.user.as_str()))
        .bind(each(&named, |(_, profile)| profile.username.as_deref()))
        .execute(conn)
        .await?;
    Ok(())
}

async fn write_external_ids(
    conn: &mut PgConnection,
    realm: &RealmId,
    profiles: &[&ProfileRow],
) -> Result<(), Fault> {
    let mut rows: Vec<(&UserId, &String, &String)> = Vec::new();
    for profile in profiles {
        rows.extend(profile.external_ids.iter().map(|(name, value)| (&profile.user, name, value)));
    }
    sqlx::query(
        r#"INSERT INTO external_id (realm, name, value, "user") SELECT $1, *
         FROM unnest($2::text[], $3::text[], $4::text[])"#,
    )
    .bind(realm.as_str())
    .bind(each(&rows, |(_, name, _)| name.as_str()))
    .bind(each(&rows, |(_, _, value)| value.as_str()))
    .bind(each(&rows, |(user, _, _)| user.as_str()))
    .execute(conn)
    .await?;
    Ok(())
}

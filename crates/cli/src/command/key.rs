//! `bailiwick key`: API keys, by which programs prove who they are.

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::Paging;
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes a key. Its secret is shown once, now.
    Create(Create),
    /// Lists the keys, without their secrets.
    List(List),
    /// Revokes a key, for good.
    Revoke(Revoke),
}

/// A key to be made.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Which program it is for: `intake desk`.
    name: String,
    /// What the program may do.
    #[arg(long, value_delimiter = ',', required = true, value_enum)]
    may: Vec<May>,
    /// In which realms; `-` for all.
    #[arg(long, short, value_delimiter = ',', required = true, value_parser = name::realm)]
    realm: Vec<String>,
}

/// What a program may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum May {
    /// Ask whether a user may do something.
    Check,
    /// Ask who and what is allowed, as lists.
    List,
    /// Read the log, without what is personal.
    Follow,
    /// Read what is personal in the log, too.
    WatchPersonal,
    /// Verify passwords and redeem secrets.
    Login,
    /// Change things on behalf of users, whose rules bind.
    Manage,
    /// Do all that operators do.
    Operate,
    /// Deliver what is to be mailed, secrets among it: for `bailiwick notify`.
    Deliver,
}

/// Which keys.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Revoked keys too.
    #[arg(long)]
    revoked: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Which key.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The key: `k-3`.
    #[arg(value_parser = name::key)]
    key: String,
}

impl May {
    fn permission(self) -> v1::Permission {
        match self {
            Self::Check => v1::Permission::Check,
            Self::List => v1::Permission::List,
            Self::Follow => v1::Permission::Follow,
            Self::WatchPersonal => v1::Permission::WatchPersonal,
            Self::Login => v1::Permission::Login,
            Self::Manage => v1::Permission::Manage,
            Self::Operate => v1::Permission::Operate,
            Self::Deliver => v1::Permission::Deliver,
        }
    }
}

impl Key {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Create(create) => create.run(asker).await,
            Self::List(list) => list.run(asker).await,
            Self::Revoke(revoke) => revoke.run(asker).await,
        }
    }
}

impl Create {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::CreateKeyRequest {
            display_name: self.name,
            permissions: self.may.into_iter().map(|may| may.permission().into()).collect(),
            realms: self.realm,
        };
        let reply = asker.client.create_key(request).await?;
        asker.out.reply(&reply, |reply| {
            let key = reply.key.clone().unwrap_or_default();
            fields(&[("key", key.name), ("secret", reply.secret.clone())])
        })?;
        asker.out.note(
            "Keep the secret now: it is never shown again. Programs send it as `authorization: Bearer …`.",
        );
        Ok(Answer::Yes)
    }
}

impl List {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let show_revoked = self.revoked;
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListKeysRequest { show_revoked, page_size, page_token };
            let page = asker.client.list_keys(request).await?;
            Ok((page.keys, page.next_page_token, 0))
        })
        .await?;
        let reply = v1::ListKeysResponse { keys: listed.rows, next_page_token: listed.next_page_token };
        asker.out.reply(&reply, |reply| {
            let rows: Vec<_> = reply.keys.iter().map(row).collect();
            table(&["key", "for", "may", "realms", "made", "revoked"], &rows)
        })?;
        Ok(Answer::Yes)
    }
}

impl Revoke {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let reply = asker.client.revoke_key(v1::RevokeKeyRequest { key: self.key }).await?;
        asker.out.reply(&reply, |reply| {
            let key = reply.key.clone().unwrap_or_default();
            fields(&[("key", key.name), ("revoked", words::instant(key.revoke_time.as_ref()))])
        })?;
        Ok(Answer::Yes)
    }
}

fn row(key: &v1::Key) -> Vec<String> {
    let may: Vec<String> =
        key.permissions().map(|permission| words::word(permission.as_str_name(), "PERMISSION_")).collect();
    let realms: Vec<&str> =
        key.realms.iter().map(|realm| if realm == "realms/-" { "all" } else { words::id(realm) }).collect();
    vec![
        words::id(&key.name).to_owned(),
        key.display_name.clone(),
        may.join(", "),
        realms.join(", "),
        words::instant(key.create_time.as_ref()),
        words::instant(key.revoke_time.as_ref()),
    ]
}

//! `bailiwick realm`: organisations.

use std::path::PathBuf;

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::{Paging, Writing};
use crate::ask::{Asker, pages};
use crate::command::scheme::read_document;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// What is asked about realms, or done to them.
#[derive(Debug, Subcommand)]
pub(crate) enum Realm {
    /// Makes a realm, under a scheme.
    Create(Create),
    /// Lists the realms that the caller may see.
    List(Paging),
    /// Shows one realm.
    Show(One),
    /// Freezes a realm: it answers questions and refuses every change.
    Freeze(Freeze),
    /// Thaws a frozen realm.
    Thaw(Freeze),
}

/// A realm to be made.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its id: `north`.
    #[arg(value_parser = name::realm)]
    realm: String,
    /// The rules it runs under: `eto`, `illinois-worknet`, `dei-teams` or `cmg-2012`.
    #[arg(long, required_unless_present = "scheme_file", conflicts_with = "scheme_file")]
    scheme: Option<String>,
    /// A scheme of your own, as a TOML document.
    #[arg(long, value_name = "FILE")]
    scheme_file: Option<PathBuf>,
    /// What people call it.
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,
    #[command(flatten)]
    writing: Writing,
}

/// Which realm.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The realm: `eto`.
    #[arg(value_parser = name::realm)]
    realm: String,
}

/// Which realm, and why.
#[derive(Debug, Args)]
pub(crate) struct Freeze {
    /// The realm: `eto`.
    #[arg(value_parser = name::realm)]
    realm: String,
    #[command(flatten)]
    writing: Writing,
}

impl Realm {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Create(create) => create.run(asker).await,
            Self::List(paging) => list(&paging, asker).await,
            Self::Show(one) => one.run(asker).await,
            Self::Freeze(freeze) => freeze.run(v1::RealmState::Frozen, asker).await,
            Self::Thaw(freeze) => freeze.run(v1::RealmState::Active, asker).await,
        }
    }
}

impl Create {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        use v1::create_realm_request::Scheme;
        let scheme = match (self.scheme, self.scheme_file) {
            (Some(name), _) => Scheme::ShippedScheme(name),
            (None, Some(file)) => Scheme::Toml(read_document(&file)?),
            (None, None) => return Err(Failure::Usage("a realm needs --scheme or --scheme-file".to_owned())),
        };
        let request = v1::CreateRealmRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm,
            title: self.title,
            scheme: Some(scheme),
            validate_only: self.writing.dry_run,
            reason: self.writing.reason,
        };
        let reply = asker.client.create_realm(request).await?;
        asker.out.reply(&reply, |reply| shown(reply.realm.as_ref(), Some(reply.revision)))?;
        Ok(Answer::Yes)
    }
}

async fn list(paging: &Paging, asker: &Asker<'_>) -> Result<Answer, Failure> {
    let listed = pages(paging, asker.out, async |page_size, page_token| {
        let page = asker.client.list_realms(v1::ListRealmsRequest { page_size, page_token }).await?;
        Ok((page.realms, page.next_page_token, 0))
    })
    .await?;
    let reply = v1::ListRealmsResponse { realms: listed.rows, next_page_token: listed.next_page_token };
    asker.out.reply(&reply, |reply| {
        let row = |realm: &v1::Realm| {
            let state = words::word(realm.state().as_str_name(), "REALM_STATE_");
            vec![
                words::id(&realm.name).to_owned(),
                realm.scheme.clone(),
                state,
                realm.head.to_string(),
                realm.title.clone(),
            ]
        };
        let rows: Vec<_> = reply.realms.iter().map(row).collect();
        table(&["realm", "scheme", "state", "revision", "title"], &rows)
    })?;
    Ok(Answer::Yes)
}

impl One {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let reply = asker.client.get_realm(v1::GetRealmRequest { realm: self.realm }).await?;
        asker.out.reply(&reply, |reply| shown(reply.realm.as_ref(), None))?;
        Ok(Answer::Yes)
    }
}

impl Freeze {
    async fn run(self, state: v1::RealmState, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::FreezeRealmRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm,
            state: state.into(),
            validate_only: self.writing.dry_run,
            reason: self.writing.reason,
        };
        let reply = asker.client.freeze_realm(request).await?;
        asker.out.reply(&reply, |reply| shown(reply.realm.as_ref(), Some(reply.revision)))?;
        Ok(Answer::Yes)
    }
}

fn shown(realm: Option<&v1::Realm>, written: Option<u64>) -> String {
    let realm = realm.cloned().unwrap_or_default();
    fields(&[
        ("realm", realm.name.clone()),
        ("title", realm.title.clone()),
        ("scheme", realm.scheme.clone()),
        ("state", words::word(realm.state().as_str_name(), "REALM_STATE_")),
        ("revision", written.map_or_else(|| realm.head.to_string(), words::revision)),
    ])
}

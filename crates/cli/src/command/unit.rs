//! `bailiwick unit`: the places of a realm.

mod roles;

use bailiwick_proto::v1;
use clap::{Args, Subcommand};

use crate::args::{InRealm, OnBehalf, Paging, Writing};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, preview, table, words};

/// What is asked about units, or done to them.
#[derive(Debug, Args)]
pub(crate) struct Units {
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

/// What is asked about units, or done to them.
#[derive(Debug, Subcommand)]
pub(crate) enum Unit {
    /// Lists units.
    List(List),
    /// Shows one unit.
    Show(One),
    /// Lists the roles that may be handed out there.
    Roles(roles::Roles),
    /// Makes a unit.
    Create(Create),
    /// Changes what a unit is called.
    Update(Update),
    /// Gives a unit other parents.
    Move(Move),
    /// Archives a unit: it is closed, with everything below it. Nothing ends.
    Archive(One),
    /// Restores an archived unit.
    Restore(One),
}

/// Which units.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only below this unit.
    #[arg(long, value_parser = name::unit)]
    below: Option<String>,
    /// Only whose name begins so.
    #[arg(long)]
    name: Option<String>,
    /// Archived and closed units too.
    #[arg(long)]
    closed: bool,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    common: Units,
}

/// Which unit.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The unit: `north`.
    #[arg(value_parser = name::unit)]
    unit: String,
    #[command(flatten)]
    common: Units,
}

/// A unit to be made.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its id: `north`.
    #[arg(value_parser = name::unit)]
    unit: String,
    /// Its kind, which never changes: `site`.
    #[arg(long)]
    kind: String,
    /// Its parents; without: a root.
    #[arg(long = "in", value_name = "UNIT", value_delimiter = ',', value_parser = name::unit)]
    parents: Vec<String>,
    /// What people call it.
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// A description.
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    #[command(flatten)]
    common: Units,
}

/// What a unit shall be called.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The unit: `north`.
    #[arg(value_parser = name::unit)]
    unit: String,
    /// What people shall call it.
    #[arg(long, required_unless_present = "description")]
    name: Option<String>,
    /// A description.
    #[arg(long)]
    description: Option<String>,
    /// The unit's etag as last read: refused if somebody else was faster.
    #[arg(long, default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    common: Units,
}

/// Where a unit shall be.
#[derive(Debug, Args)]
pub(crate) struct Move {
    /// The unit: `job-readiness`.
    #[arg(value_parser = name::unit)]
    unit: String,
    /// All its parents from now on.
    #[arg(long = "in", value_name = "UNIT", value_delimiter = ',', value_parser = name::unit, required = true)]
    parents: Vec<String>,
    /// Operators only: do it even if a root loses its last manager by it.
    #[arg(long)]
    override_last_manager: bool,
    /// The unit's etag as last read: refused if somebody else was faster.
    #[arg(long, default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    common: Units,
}

impl Unit {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(list) => list.run(asker).await,
            Self::Show(one) => one.show(asker).await,
            Self::Roles(roles) => roles.run(asker).await,
            Self::Create(create) => create.run(asker).await,
            Self::Update(update) => update.run(asker).await,
            Self::Move(moved) => moved.run(asker).await,
            Self::Archive(one) => one.archive(asker).await,
            Self::Restore(one) => one.restore(asker).await,
        }
    }
}

impl List {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListUnitsRequest {
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            kind: self.kind.unwrap_or_default(),
            below: self.below.unwrap_or_default(),
            name_prefix: self.name.unwrap_or_default(),
            show_closed: self.closed,
            ..Default::default()
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListUnitsRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_units(request).await?;
            Ok((page.units, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListUnitsResponse {
            units: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| {
            let rows: Vec<_> = reply.units.iter().map(row).collect();
            table(&["unit", "kind", "name", "in", "state"], &rows)
        })?;
        Ok(Answer::Yes)
    }
}

impl One {
    async fn show(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::GetUnitRequest {
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
        };
        let reply = asker.client.get_unit(request).await?;
        asker.out.reply(&reply, |reply| shown(reply.unit.as_ref(), &[]))?;
        Ok(Answer::Yes)
    }

    async fn archive(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ArchiveUnitRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
            validate_only: self.common.writing.dry_run,
            skip_preview: self.common.writing.skip_preview,
            etag: String::new(),
            reason: self.common.writing.reason,
            override_last_manager: false,
        };
        let reply = asker.client.archive_unit(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.unit.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }

    async fn restore(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::RestoreUnitRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
            validate_only: self.common.writing.dry_run,
            skip_preview: self.common.writing.skip_preview,
            etag: String::new(),
            reason: self.common.writing.reason,
        };
        let reply = asker.client.restore_unit(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.unit.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }
}

impl Create {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::CreateUnitRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
            kind: self.kind,
            display_name: self.name,
            description: self.description,
            parents: self.parents,
            validate_only: self.common.writing.dry_run,
            skip_preview: self.common.writing.skip_preview,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.create_unit(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.unit.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }
}

impl Update {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let named = [("display_name", self.name.is_some()), ("description", self.description.is_some())];
        let request = v1::UpdateUnitRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
            display_name: self.name.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            fields: named.into_iter().filter(|(_, set)| *set).map(|(field, _)| field.to_owned()).collect(),
            validate_only: self.common.writing.dry_run,
            skip_preview: self.common.writing.skip_preview,
            etag: self.etag,
            reason: self.common.writing.reason,
        };
        let reply = asker.client.update_unit(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.unit.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }
}

impl Move {
    async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::MoveUnitRequest {
            request_id: self.common.writing.request_id()?,
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
            parents: self.parents,
            validate_only: self.common.writing.dry_run,
            skip_preview: self.common.writing.skip_preview,
            etag: self.etag,
            reason: self.common.writing.reason,
            override_last_manager: self.override_last_manager,
        };
        let reply = asker.client.move_unit(request).await?;
        asker.out.reply(&reply, |reply| {
            written(reply.unit.as_ref(), reply.revision, &reply.effects, reply.preview.as_ref())
        })?;
        Ok(Answer::Yes)
    }
}

fn state(unit: &v1::Unit) -> String {
    let state = words::word(unit.state().as_str_name(), "UNIT_STATE_");
    if unit.below_minimum { format!("{state}, below minimum") } else { state }
}

fn row(unit: &v1::Unit) -> Vec<String> {
    vec![
        words::id(&unit.name).to_owned(),
        unit.kind.clone(),
        unit.display_name.clone(),
        words::ids(&unit.parents),
        state(unit),
    ]
}

fn shown(unit: Option<&v1::Unit>, more: &[(&str, String)]) -> String {
    let unit = unit.cloned().unwrap_or_default();
    let mut lines = vec![
        ("unit", unit.name.clone()),
        ("kind", unit.kind.clone()),
        ("name", unit.display_name.clone()),
        ("description", unit.description.clone()),
        ("in", unit.parents.join(", ")),
        ("state", state(&unit)),
        ("etag", unit.etag.clone()),
    ];
    lines.extend_from_slice(more);
    fields(&lines)
}

fn written(
    unit: Option<&v1::Unit>,
    revision: u64,
    effects: &[v1::Effect],
    would: Option<&v1::Preview>,
) -> String {
    let more = [
        ("also", words::effects(effects)),
        ("would change", preview(would)),
        ("revision", words::revision(revision)),
    ];
    shown(unit, &more)
}

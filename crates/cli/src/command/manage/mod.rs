//! `bailiwick manage`: changing what a user is and holds.
//!
//! Each subcommand is one change of the API's `ManageUser`; `apply` sends several, which happen all or not at all.

mod change;
mod options;
mod profile;

use bailiwick_proto::v1;
use clap::Args;

use crate::args::{InRealm, OnBehalf, Writing};
use crate::ask::Asker;
use crate::command::user;
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, preview, words};

use change::Change;

/// Whose access, on whose behalf, and what shall change.
#[derive(Debug, Args)]
pub(crate) struct Manage {
    /// The user: `dana`; `-` with `--handle`: the one who was found.
    #[arg(value_parser = name::user_or_found, allow_hyphen_values = true)]
    user: String,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    writing: Writing,
    /// The user's etag as last read: refused if somebody else was faster.
    #[arg(long, global = true, default_value = "", hide_default_value = true)]
    etag: String,
    /// Handles from a search, for users who are out of sight.
    #[arg(long, global = true, value_delimiter = ',')]
    handle: Vec<String>,
    /// Operators only: do it even if a root loses its last manager by it.
    #[arg(long, global = true)]
    override_last_manager: bool,
    /// The realm: `eto`.
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    change: Change,
}

impl Manage {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let reply = asker.client.manage_user(self.request()?).await?;
        asker.out.reply(&reply, shown)?;
        Ok(Answer::Yes)
    }

    /// The command that is sent.
    fn request(self) -> Result<v1::ManageUserRequest, Failure> {
        Ok(v1::ManageUserRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            actor: self.actor.name(),
            user: self.user,
            changes: self.change.read()?,
            handles: self.handle,
            validate_only: self.writing.dry_run,
            skip_preview: self.writing.skip_preview,
            etag: self.etag,
            reason: self.writing.reason,
            override_last_manager: self.override_last_manager,
        })
    }
}

fn shown(reply: &v1::ManageUserResponse) -> String {
    let user = reply.user.as_ref().map(user::shown).unwrap_or_default();
    let more = fields(&[
        ("made", reply.assigned.join(", ")),
        ("also", words::effects(&reply.effects)),
        ("would change", preview(reply.preview.as_ref())),
        ("revision", words::revision(reply.revision)),
    ]);
    format!("{user}\n{more}")
}

#[cfg(test)]
mod tests;

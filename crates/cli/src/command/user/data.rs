//! `bailiwick user export` and `erase`: all that is kept about a person, and the end of it.

use bailiwick_proto::v1;
use clap::Args;

use super::full_name;
use crate::args::{InRealm, Paging, Writing};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{fields, table, words};

/// Whose data.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The user: `dana`.
    #[arg(value_parser = name::user)]
    user: String,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

/// Whom to erase.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The user: `dana`.
    #[arg(value_parser = name::user)]
    user: String,
    /// Yes, really: nothing brings the person back.
    #[arg(long, required_unless_present = "dry_run")]
    yes: bool,
    /// Even if a root loses its last manager by it.
    #[arg(long)]
    override_last_manager: bool,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    realm: InRealm,
}

impl Export {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        // What is counted comes with the first page alone.
        let mut counted = None;
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let (realm, user) = (self.realm.realm.clone(), self.user.clone());
            let request = v1::ExportUserRequest { realm, user, page_size, page_token };
            let page = asker.client.export_user(request).await?;
            counted.get_or_insert((page.sign_ins, page.questions_asked));
            Ok((page.versions, page.next_page_token, 0))
        })
        .await?;
        let (sign_ins, questions_asked) = counted.unwrap_or_default();
        let (versions_of, next_page_token) = (listed.rows, listed.next_page_token);
        let reply =
            v1::ExportUserResponse { versions: versions_of, next_page_token, sign_ins, questions_asked };
        asker.out.reply(&reply, versions)?;
        Ok(Answer::Yes)
    }
}

impl Erase {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::EraseUserRequest {
            request_id: self.writing.request_id()?,
            realm: self.realm.realm,
            user: self.user,
            validate_only: self.writing.dry_run,
            reason: self.writing.reason,
            override_last_manager: self.override_last_manager,
        };
        let reply = asker.client.erase_user(request).await?;
        asker.out.reply(&reply, |reply| {
            let also = ("also", words::effects(&reply.effects));
            fields(&[also, ("revision", words::revision(reply.revision))])
        })?;
        Ok(Answer::Yes)
    }
}

fn versions(reply: &v1::ExportUserResponse) -> String {
    let row = |version: &v1::UserVersion| {
        let change = version.change.clone().unwrap_or_default();
        let user = version.user.clone().unwrap_or_default();
        vec![
            change.revision.to_string(),
            words::instant(change.recorded_at.as_ref()),
            change.command,
            words::id(&change.actor).to_owned(),
            change.reason,
            full_name(&user),
            words::word(user.state().as_str_name(), "USER_STATE_"),
        ]
    };
    let rows: Vec<_> = reply.versions.iter().map(row).collect();
    table(&["revision", "recorded at", "command", "actor", "reason", "name", "state"], &rows)
}

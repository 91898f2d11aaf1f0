//! `bailiwick changes`: what happened in a realm.

use bailiwick_proto::v1;
use clap::Args;

use crate::args::{InRealm, Paging};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::output::{table, words};

/// Which changes.
#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// The first revision to list.
    #[arg(long, default_value_t = 1, value_name = "REVISION")]
    from: u64,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

impl Changes {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListChangesRequest {
            realm: self.realm.realm,
            from_revision: self.from,
            ..Default::default()
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListChangesRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_changes(request).await?;
            Ok((page.changes, page.next_page_token, page.head))
        })
        .await?;
        let reply = v1::ListChangesResponse {
            changes: listed.rows,
            next_page_token: listed.next_page_token,
            head: listed.revision,
        };
        asker.out.reply(&reply, rows)?;
        Ok(Answer::Yes)
    }
}

fn rows(reply: &v1::ListChangesResponse) -> String {
    let row = |change: &v1::Change| {
        let actor = if change.actor.is_empty() { "operator" } else { words::id(&change.actor) };
        vec![
            change.revision.to_string(),
            words::instant(change.recorded_at.as_ref()),
            change.command.clone(),
            actor.to_owned(),
            change.caller.clone(),
            entities(&change.entities),
            change.reason.clone(),
        ]
    };
    let rows: Vec<_> = reply.changes.iter().map(row).collect();
    table(&["revision", "recorded at", "command", "actor", "caller", "changed", "reason"], &rows)
}

/// The entities by name, and by number where they are many.
fn entities(entities: &[v1::ChangedEntity]) -> String {
    let mut names: Vec<&str> = entities.iter().map(|entity| entity.name.as_str()).collect();
    names.dedup();
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_entities_are_counted() {
        let list: Vec<_> = (0..10)
            .map(|n| v1::ChangedEntity { name: format!("users/u-{n}"), ..Default::default() })
            .collect();
        assert_eq!(entities(&list), "users/u-0, users/u-1, users/u-2 and 7 more");
        assert_eq!(entities(&list[..1]), "users/u-0");
    }
}

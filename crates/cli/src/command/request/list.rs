//! `bailiwick request list`.

use bailiwick_proto::v1;
use clap::{Args, ValueEnum};

use crate::args::{InRealm, OnBehalf, Paging};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{table, words};

/// Which requests.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Which.
    #[arg(value_enum)]
    list: Which,
    /// With `about`: about whom; without: about the actor.
    #[arg(long, value_parser = name::user)]
    user: Option<String>,
    /// With `mine`, `about` and `all`: only those that stand so; several times for several.
    #[arg(long, value_enum)]
    stage: Vec<Stage>,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    /// Those that the actor completed; the newest first.
    Mine,
    /// Those about somebody; the newest first.
    About,
    /// Those with a part for the actor to approve; the first to expire comes first.
    ToApprove,
    /// Those that wait for a desk of the actor's; the first that is due comes first.
    ToFulfil,
    /// Those that were due, of the actor's own or at a desk of theirs.
    Overdue,
    /// Every one; for operators. The newest first.
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    Draft,
    Submitted,
    Approved,
    Fulfilled,
    Rejected,
    Withdrawn,
    Expired,
    Failed,
}

impl From<Which> for v1::RequestList {
    fn from(which: Which) -> Self {
        match which {
            Which::Mine => Self::Mine,
            Which::About => Self::About,
            Which::ToApprove => Self::ToApprove,
            Which::ToFulfil => Self::ToFulfil,
            Which::Overdue => Self::Overdue,
            Which::All => Self::All,
        }
    }
}

impl From<Stage> for v1::RequestStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Draft => Self::Draft,
            Stage::Submitted => Self::Submitted,
            Stage::Approved => Self::Approved,
            Stage::Fulfilled => Self::Fulfilled,
            Stage::Rejected => Self::Rejected,
            Stage::Withdrawn => Self::Withdrawn,
            Stage::Expired => Self::Expired,
            Stage::Failed => Self::Failed,
        }
    }
}

impl List {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListRequestsRequest {
            realm: self.realm.realm,
            actor: self.actor.name(),
            list: v1::RequestList::from(self.list).into(),
            user: self.user.unwrap_or_default(),
            stages: self.stage.into_iter().map(|stage| v1::RequestStage::from(stage).into()).collect(),
            page_size: 0,
            page_token: String::new(),
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListRequestsRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_requests(request).await?;
            Ok((page.requests, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListRequestsResponse {
            requests: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, rows)?;
        Ok(Answer::Yes)
    }
}

fn rows(reply: &v1::ListRequestsResponse) -> String {
    let row = |request: &v1::Request| {
        let content = request.content.as_ref();
        let users = content.map(|content| content.users.iter().map(|user| user.user.clone()).collect());
        let users: Vec<String> = users.unwrap_or_default();
        let kind = content.map(v1::RequestContent::kind).unwrap_or_default();
        let stage = words::word(request.stage().as_str_name(), "REQUEST_STAGE_");
        let until = request.expires_at.or(request.due_at).or(request.effect_at);
        vec![
            words::id(&request.name).to_owned(),
            words::word(kind.as_str_name(), "REQUEST_KIND_"),
            words::ids(&users),
            words::id(&request.author).to_owned(),
            if request.overdue { format!("{stage}, overdue") } else { stage },
            words::instant(until.as_ref()),
        ]
    };
    let rows: Vec<_> = reply.requests.iter().map(row).collect();
    table(&["request", "kind", "about", "author", "stage", "until"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_about_whom_it_is_and_how_it_stands() {
        let user = |id: &str| v1::RequestedUser { user: format!("users/{id}"), ..Default::default() };
        let content = v1::RequestContent {
            kind: v1::RequestKind::SetUp.into(),
            users: vec![user("a"), user("b")],
            ..Default::default()
        };
        let request = v1::Request {
            name: "requests/r-1".to_owned(),
            author: "users/leader".to_owned(),
            content: Some(content),
            stage: v1::RequestStage::Approved.into(),
            overdue: true,
            due_at: Some(prost_types::Timestamp { seconds: 86_400, nanos: 0 }),
            ..Default::default()
        };
        let text = rows(&v1::ListRequestsResponse { requests: vec![request], ..Default::default() });
        let line = text.lines().nth(1).unwrap_or_default();
        for part in ["r-1", "set up", "a, b", "leader", "approved, overdue", "1970-01-02"] {
            assert!(line.contains(part), "{part}: {text}");
        }
    }
}

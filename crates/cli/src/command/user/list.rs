//! `bailiwick user list`.

use bailiwick_proto::v1;
use clap::Args;
use prost_types::Timestamp;

use super::full_name;
use crate::args::{InRealm, OnBehalf, Paging};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::{table, words};

/// Which users, and in which order.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only who has access to this unit: holds something at it, below it, or above it and covering it.
    #[arg(long, value_parser = name::unit)]
    unit: Option<String>,
    /// Everybody within sight; `--unit` then only says where the role is looked at that `--order-by role` means.
    #[arg(long, requires = "unit")]
    all_units: bool,
    /// Only who holds something at exactly `--unit`: the people of a team.
    #[arg(long, requires = "unit", conflicts_with = "all_units")]
    only_there: bool,
    /// Only who holds this role; with `--unit`: there.
    #[arg(long)]
    role: Option<String>,
    /// Only who holds something with this user type.
    #[arg(long)]
    user_type: Option<String>,
    /// Only whose last name begins so.
    #[arg(long)]
    last_name: Option<String>,
    /// Only who has this username.
    #[arg(long)]
    username: Option<String>,
    /// Disabled users too.
    #[arg(long)]
    disabled: bool,
    /// Only who changed at this instant or later.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    updated_from: Option<Timestamp>,
    /// Only who last changed before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    updated_before: Option<Timestamp>,
    /// Only who was created at this instant or later.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    created_from: Option<Timestamp>,
    /// Only who was created before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant)]
    created_before: Option<Timestamp>,
    /// `last_name`, `username`, `role` (at `--unit`), `update_time` or `create_time`; with ` desc`: the greatest first.
    #[arg(long, default_value = "last_name")]
    order_by: String,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    realm: InRealm,
}

impl List {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListUsersRequest {
            realm: self.realm.realm,
            actor: self.actor.name(),
            last_name_prefix: self.last_name.unwrap_or_default(),
            username: self.username.unwrap_or_default(),
            role: self.role.unwrap_or_default(),
            unit: self.unit.unwrap_or_default(),
            show_disabled: self.disabled,
            show_all_units: self.all_units,
            only_at_unit: self.only_there,
            user_type: self.user_type.unwrap_or_default(),
            order_by: self.order_by,
            updated_from: self.updated_from,
            updated_before: self.updated_before,
            created_from: self.created_from,
            created_before: self.created_before,
            page_size: 0,
            page_token: String::new(),
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListUsersRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_users(request).await?;
            Ok((page.users, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListUsersResponse {
            users: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, rows)?;
        Ok(Answer::Yes)
    }
}

fn rows(reply: &v1::ListUsersResponse) -> String {
    let row = |user: &v1::User| {
        let held = user.assignments.iter().filter(|held| held.standing() != v1::Standing::Ended);
        let roles: Vec<String> =
            held.map(|held| format!("{} at {}", held.role, words::id(&held.unit))).collect();
        vec![
            words::id(&user.name).to_owned(),
            full_name(user),
            user.username.clone(),
            words::word(user.state().as_str_name(), "USER_STATE_"),
            management(user),
            roles.join(", "),
        ]
    };
    let rows: Vec<_> = reply.users.iter().map(row).collect();
    table(&["user", "name", "username", "state", "manage", "holds"], &rows)
}

/// Whether the user may be managed, or why not.
fn management(user: &v1::User) -> String {
    match user.management() {
        v1::Decision::Allowed => "yes".to_owned(),
        v1::Decision::Denied | v1::Decision::Unspecified => {
            format!("no: {}", words::word(user.management_reason().as_str_name(), "REASON_"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_whether_the_user_may_be_managed() {
        let user = |name: &str, management: v1::Decision, reason: v1::Reason| v1::User {
            name: format!("users/{name}"),
            state: v1::UserState::Active.into(),
            management: management.into(),
            management_reason: reason.into(),
            ..Default::default()
        };
        let reply = v1::ListUsersResponse {
            users: vec![
                user("a", v1::Decision::Allowed, v1::Reason::Unspecified),
                user("b", v1::Decision::Denied, v1::Reason::RankTooLow),
            ],
            ..Default::default()
        };
        let text = rows(&reply);
        assert!(text.contains("active  yes"), "{text}");
        assert!(text.contains("active  no: rank too low"), "{text}");
    }
}

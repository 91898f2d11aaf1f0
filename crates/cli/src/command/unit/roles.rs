//! `bailiwick unit roles`: what may be handed out there.

use bailiwick_proto::v1;
use clap::Args;

use super::Units;
use crate::args::Paging;
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::table;

/// Where, and to whom.
#[derive(Debug, Args)]
pub(crate) struct Roles {
    /// The unit: `north`.
    #[arg(value_parser = name::unit)]
    unit: String,
    /// To whom; without: to somebody new, who belongs there.
    #[arg(long = "for", value_name = "USER", value_parser = name::user)]
    user: Option<String>,
    /// In place of the role of this assignment of theirs; without: one more.
    #[arg(long, value_name = "ASSIGNMENT", value_parser = name::assignment, requires = "user")]
    in_place_of: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    common: Units,
}

impl Roles {
    pub(super) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let request = v1::ListAssignableRolesRequest {
            realm: self.common.realm.realm,
            actor: self.common.actor.name(),
            unit: self.unit,
            user: self.user.unwrap_or_default(),
            assignment: self.in_place_of.unwrap_or_default(),
            ..Default::default()
        };
        let listed = pages(&self.paging, asker.out, async |page_size, page_token| {
            let request = v1::ListAssignableRolesRequest { page_size, page_token, ..request.clone() };
            let page = asker.client.list_assignable_roles(request).await?;
            Ok((page.roles, page.next_page_token, page.revision))
        })
        .await?;
        let reply = v1::ListAssignableRolesResponse {
            roles: listed.rows,
            next_page_token: listed.next_page_token,
            revision: listed.revision,
        };
        asker.out.reply(&reply, |reply| {
            table(&["role", "title", "rank", "must have"], &reply.roles.iter().map(row).collect::<Vec<_>>())
        })?;
        Ok(Answer::Yes)
    }
}

fn row(role: &v1::AssignableRole) -> Vec<String> {
    let flags = [
        (role.only_chosen_units, "chosen units only"),
        (role.caseload_only, "caseload only"),
        (role.user_type_required, "a user type"),
        (role.note_required, "a note"),
    ];
    let said = flags.into_iter().filter(|(is, _)| *is).map(|(_, text)| text.to_owned());
    let needs: Vec<String> = said.chain(role.required_fields.iter().cloned()).collect();
    let rank = role.rank.map(|rank| rank.to_string()).unwrap_or_default();
    vec![role.role.clone(), role.title.clone(), rank, needs.join(", ")]
}

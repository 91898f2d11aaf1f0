//! Requests, as they are shown.

use bailiwick_proto::v1;

use crate::output::{fields, of_message, words};

/// A request, and for whom it waits.
pub(super) fn asked(reply: &v1::GetRequestResponse) -> String {
    let request = reply.request.as_ref().map(text).unwrap_or_default();
    let parts: Vec<String> = reply.parts.iter().map(part).collect();
    let waits = fields(&[("approvers", parts.join("\n")), ("desks", reply.desks.join(", "))]);
    format!("{request}{waits}")
}

/// What a command left.
pub(super) fn written(request: Option<&v1::Request>, revision: u64, effects: &[v1::Effect]) -> String {
    let request = request.map(text).unwrap_or_default();
    let more = fields(&[("also", words::effects(effects)), ("revision", words::revision(revision))]);
    format!("{request}{more}")
}

/// A request in words; what it asks for as in the API.
pub(super) fn text(request: &v1::Request) -> String {
    let content = request.content.clone().unwrap_or_default();
    let changes: Vec<String> = content.users.iter().flat_map(changes).collect();
    let filled = content.fields.iter().map(|(name, value)| format!("{name}: {value}"));
    let by = |user: &String| if user.is_empty() { String::new() } else { format!("  {user}") };
    let steps = request.steps.iter().map(|step| {
        let event = words::word(step.event().as_str_name(), "REQUEST_EVENT_");
        let why = if step.reason.is_empty() { String::new() } else { format!("  ({})", step.reason) };
        format!("{}  {event}{}{why}", words::instant(step.at.as_ref()), by(&step.user))
    });
    let stage = words::word(request.stage().as_str_name(), "REQUEST_STAGE_");
    let failure = if request.failure == 0 { "" } else { words::reason(request.failure()) };
    fields(&[
        ("request", request.name.clone()),
        ("kind", words::word(content.kind().as_str_name(), "REQUEST_KIND_")),
        ("stage", if request.overdue { format!("{stage}, overdue") } else { stage }),
        ("failed", failure.to_owned()),
        ("author", request.author.clone()),
        ("copy of", request.copy_of.clone()),
        ("asks for", changes.join("\n")),
        ("wanted at", words::instant(content.wanted_at.as_ref())),
        ("lasts", content.lasts.map(|lasts| lasts.to_string()).unwrap_or_default()),
        ("filled in", filled.collect::<Vec<_>>().join("\n")),
        ("confirmed", content.confirmed.join(", ")),
        ("note", content.note.clone()),
        ("expires at", words::instant(request.expires_at.as_ref())),
        ("effect at", words::instant(request.effect_at.as_ref())),
        ("due at", words::instant(request.due_at.as_ref())),
        ("content", hex(&request.content_digest)),
        ("history", steps.collect::<Vec<_>>().join("\n")),
    ])
}

/// What is asked for one person, a line each.
fn changes(user: &v1::RequestedUser) -> Vec<String> {
    let line = |change: &v1::UserChange| format!("{}  {}", user.user, of_message(change));
    user.changes.iter().map(line).collect()
}

fn part(part: &v1::RequestPart) -> String {
    use v1::request_part::Touched;
    let (Touched::Unit(touched) | Touched::System(touched)) =
        part.touched.clone().unwrap_or(Touched::Unit(String::new()));
    let state = if part.approved { "approved" } else { "waits for" };
    let more = if part.more { ", …" } else { "" };
    format!("{touched}  {state}  {}{more}", words::ids(&part.eligible))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

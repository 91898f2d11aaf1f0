//! Lists of requests over the wire: each holds what GetRequest says, in its order, and nothing of others.

use bailiwick_proto::v1;
use bailiwick_proto::v1::RequestList as List;
use bailiwick_proto::v1::user_change::Change;
use tonic::Status;

use super::office::{Office, add, asks, fields, secondary};
use super::writes::{load, realm, reason, user};

const PEOPLE: [&str; 9] = ["dm", "sm1", "sm2", "leader", "other-leader", "cw", "new", "desk", "adviser"];

fn wanted(actor: &str, list: List) -> v1::ListRequestsRequest {
    v1::ListRequestsRequest {
        realm: realm(),
        actor: if actor.is_empty() { String::new() } else { format!("users/{actor}") },
        list: list.into(),
        ..Default::default()
    }
}

impl Office {
    async fn page(&self, wanted: v1::ListRequestsRequest) -> Result<v1::ListRequestsResponse, Status> {
        Ok(self.requests().list_requests(wanted).await?.into_inner())
    }

    /// Names on a list, a page of one after the other.
    async fn listed(&self, mut wanted: v1::ListRequestsRequest) -> Vec<String> {
        let mut names = Vec::new();
        wanted.page_size = 1;
        loop {
            let page = self.page(wanted.clone()).await.unwrap();
            assert!(page.requests.len() <= 1 && page.revision > 0);
            names.extend(page.requests.into_iter().map(|request| request.name));
            if page.next_page_token.is_empty() {
                return names;
            }
            wanted.page_token = page.next_page_token;
        }
    }

    async fn list(&self, actor: &str, list: List) -> Vec<String> {
        self.listed(wanted(actor, list)).await
    }
}

fn tsiem(user: &str) -> v1::RequestContent {
    let grant = v1::GrantSystem {
        system: "systems/tsiem".to_owned(),
        reason: "needed".to_owned(),
        ..Default::default()
    };
    let mut content = asks(v1::RequestKind::Amend, &[(user, Change::GrantSystem(grant))]);
    content.fields.insert("licensed-software-form".to_owned(), "CMUA14-7".to_owned());
    content
}

/// A draft, and requests that wait for another segment's manager, for a system's approver, and for the desk.
async fn four(office: &Office) -> [String; 4] {
    let draft = office.draft("leader", secondary()).await.unwrap().name;
    let segment = office.ask("leader", secondary()).await.unwrap().name;
    let system = office.ask("leader", tsiem("cw")).await.unwrap().name;
    let desk = asks(v1::RequestKind::SetUp, &[("new", add("p2", "caseworker"))]);
    let desk = office.ask("leader", desk).await.unwrap().name;
    [draft, segment, system, desk]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_list_holds_its_requests_in_its_order() {
    let office = Office::begin().await;
    let [draft, segment, system, desk] = four(&office).await;
    let all = [desk.clone(), system.clone(), segment.clone(), draft.clone()];
    assert_eq!(office.list("leader", List::Mine).await, all);
    assert_eq!(office.list("", List::All).await, all);
    assert_eq!(office.list("cw", List::About).await, [system.clone(), segment.clone()], "no draft");
    assert_eq!(office.list("sm2", List::ToApprove).await, [segment.as_str()]);
    assert_eq!(office.list("adviser", List::ToApprove).await, [system.as_str()]);
    assert_eq!(office.list("", List::ToApprove).await, [segment.clone(), system.clone()]);
    assert_eq!(office.list("desk", List::ToFulfil).await, [desk.as_str()]);
    assert_eq!(office.list("", List::ToFulfil).await, [desk.as_str()]);
    for (actor, list) in [
        ("sm1", List::ToApprove),
        ("other-leader", List::ToApprove),
        ("cw", List::ToApprove),
        ("desk", List::ToApprove),
        ("leader", List::ToFulfil),
        ("sm2", List::Mine),
        ("leader", List::Overdue),
        ("", List::Overdue),
    ] {
        assert_eq!(office.list(actor, list).await, [""; 0], "{actor} {list:?}");
    }
    let drafts = v1::ListRequestsRequest {
        stages: vec![v1::RequestStage::Draft.into()],
        ..wanted("leader", List::Mine)
    };
    assert_eq!(office.listed(drafts).await, [draft]);
    let expired =
        v1::ListRequestsRequest { stages: vec![v1::RequestStage::Expired.into()], ..wanted("", List::All) };
    assert_eq!(office.listed(expired).await, [""; 0]);
}

/// What is listed to be approved is what GetRequest says waits for the reader, before and after each approval.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_to_be_approved_waits_for_who_reads() {
    let office = Office::begin().await;
    let mut names = four(&office).await.to_vec();
    // Two parts: a form for two, of two segments.
    let two = [("cw", add("r1", "caseworker")), ("leader", Change::Disable(v1::DisableUser {}))];
    names.push(office.ask("sm1", asks(v1::RequestKind::Amend, &two[..1])).await.unwrap().name);
    names.push(office.ask("sm1", asks(v1::RequestKind::Remove, &two[1..])).await.unwrap().name);
    for approver in ["", "sm2", "dm", "adviser"] {
        for name in names.iter().filter(|_| !approver.is_empty()) {
            if let Ok(read) = office.get(approver, name).await {
                let digest = read.request.unwrap().content_digest;
                drop(office.approve(approver, name, &digest).await);
            }
        }
        for user in PEOPLE {
            let mut waiting = Vec::new();
            for name in &names {
                let read = office.get("", name).await.unwrap();
                let own = format!("users/{user}");
                let is_open = read.request.as_ref().unwrap().stage() == v1::RequestStage::Submitted;
                let waits = |part: &v1::RequestPart| !part.approved && part.eligible.contains(&own);
                if is_open && read.parts.iter().any(waits) {
                    waiting.push(name.clone());
                }
            }
            assert_eq!(office.list(user, List::ToApprove).await, waiting, "{user} after {approver:?}");
        }
    }
}

/// Whoever approves in very many units is not asked for each of them.
#[tokio::test(flavor = "multi_thread")]
async fn who_approves_in_many_units_finds_what_waits_there() {
    let office = Office::begin().await;
    let [_, segment, system, _] = four(&office).await;
    let channel = office.served.channel().await;
    for (team, parent) in [("t3", "s1"), ("t4", "s2")] {
        let place = |id: String, kind: &str, name: String, parent: &str| {
            let parents = vec![format!("units/{parent}")];
            v1::load_item::Item::Unit(v1::LoadUnit {
                unit: format!("units/{id}"),
                kind: kind.to_owned(),
                display_name: name,
                parents,
                ..Default::default()
            })
        };
        let name = format!("TL{:03}", 100 + u32::from(team == "t4"));
        let mut items = vec![place(team.to_owned(), "team", name, parent)];
        let positions = (1..=990).filter(|n| *n != 20);
        items.extend(positions.map(|n| place(format!("{team}-{n}"), "position", format!("CW{n:03}"), team)));
        load(&channel, items).await.unwrap();
    }
    // The department has some 2,000 units; a segment not a thousand.
    assert_eq!(office.list("dm", List::ToApprove).await, [segment.as_str()]);
    assert_eq!(office.list("sm2", List::ToApprove).await, [segment.as_str()]);
    assert_eq!(office.list("adviser", List::ToApprove).await, [system.as_str()]);
    let read = office.get("dm", &segment).await.unwrap().request.unwrap();
    office.approve("dm", &segment, &read.content_digest).await.unwrap();
    assert_eq!(office.list("dm", List::ToApprove).await, [""; 0]);
}

/// Who approves in very many units reads all that waits there in its order, and once, however it is spread over them: first in forms
/// for five units, then in others, then in the units of the first again.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_units_is_whole_and_in_order() {
    let office = Office::begin().await;
    let position = |id: String, number: usize, team: &str| {
        v1::load_item::Item::Unit(v1::LoadUnit {
            unit: format!("units/{id}"),
            kind: "position".to_owned(),
            display_name: format!("CW{number:03}"),
            parents: vec![format!("units/{team}")],
            ..Default::default()
        })
    };
    let mut items: Vec<_> = (1..=110).map(|n| position(format!("q{n}"), 20 + n, "t1")).collect();
    items.extend((1..=500).map(|n| position(format!("x{n}"), 20 + n, "t2")));
    items.extend((1..=110).map(|n| user(&format!("u{n}"), "t1", &[("caseworker", &format!("q{n}"))])));
    load(&office.channel, items).await.unwrap();
    let ask = async |people: &[usize], units: &[usize]| {
        let names: Vec<String> = people.iter().map(|n| format!("u{n}")).collect();
        let adds =
            names.iter().zip(units).map(|(name, n)| (name.as_str(), add(&format!("x{n}"), "caseworker")));
        let form = asks(v1::RequestKind::Amend, &adds.collect::<Vec<_>>());
        office.ask("sm1", form).await.unwrap().name
    };
    let mut asked = Vec::new();
    for five in 0..10 {
        let all: Vec<usize> = (5 * five + 1..=5 * five + 5).collect();
        asked.push(ask(&all, &all).await);
    }
    for n in 51..=70 {
        asked.push(ask(&[n], &[n]).await);
    }
    for n in 1..=40 {
        asked.push(ask(&[70 + n], &[n]).await);
    }
    let (mut listed, mut wanted) = (Vec::new(), wanted("dm", List::ToApprove));
    loop {
        let page = office.page(wanted.clone()).await.unwrap();
        listed.extend(page.requests.into_iter().map(|request| request.name));
        wanted.page_token = page.next_page_token;
        if wanted.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_others_a_list_says_no_more_than_of_nobody() {
    let office = Office::begin().await;
    let [_, segment, ..] = four(&office).await;
    let about = |actor: &str, user: &str| v1::ListRequestsRequest {
        user: format!("users/{user}"),
        ..wanted(actor, List::About)
    };
    for actor in ["other-leader", "desk", "new"] {
        let of_somebody = office.page(about(actor, "cw")).await.unwrap();
        let of_nobody = office.page(about(actor, "nobody")).await.unwrap();
        assert_eq!(of_somebody, of_nobody, "{actor}");
        assert!(of_somebody.requests.is_empty());
    }
    // For whom one waits, or who had a part in it, finds it by whom it is about.
    assert_eq!(office.listed(about("sm2", "cw")).await, [segment.as_str()]);
    assert_eq!(office.listed(about("", "cw")).await.len(), 3);
    let gone = office.page(wanted("nobody", List::Mine)).await.unwrap_err();
    assert_eq!(reason(&gone), "UNKNOWN_USER");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_form_for_several_a_list_shows_ones_own_part() {
    let office = Office::begin().await;
    let two = [("cw", add("r1", "caseworker")), ("leader", add("t2", "team-leader"))];
    let form = office.ask("sm1", asks(v1::RequestKind::Amend, &two)).await.unwrap();
    let page = office.page(wanted("cw", List::About)).await.unwrap();
    let [part] = page.requests.as_slice() else { panic!("{page:?}") };
    assert!(part.name == form.name && part.in_part && part.content_digest.is_empty());
    assert_eq!(part.content.as_ref().unwrap().users.len(), 1);
    assert_eq!(Some(part), office.get("cw", &form.name).await.unwrap().request.as_ref());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_told() {
    let office = Office::begin().await;
    let wrong = async |request| fields(&office.page(request).await.unwrap_err());
    assert_eq!(wrong(wanted("leader", List::Unspecified)).await, ["list"]);
    assert_eq!(wrong(wanted("leader", List::All)).await, ["list"]);
    assert_eq!(wrong(wanted("", List::Mine)).await, ["actor"]);
    assert_eq!(wrong(wanted("", List::About)).await, ["user"]);
    let user = "users/cw".to_owned();
    assert_eq!(wrong(v1::ListRequestsRequest { user, ..wanted("leader", List::Mine) }).await, ["user"]);
    let stages = vec![v1::RequestStage::Draft.into()];
    let staged = v1::ListRequestsRequest { stages, ..wanted("leader", List::ToApprove) };
    assert_eq!(wrong(staged).await, ["stages"]);
    let stages = vec![v1::RequestStage::Draft.into(), 99];
    let unknown = v1::ListRequestsRequest { stages, ..wanted("leader", List::Mine) };
    assert_eq!(wrong(unknown).await, ["stages[1]"]);
    // A page of one query is no page of another.
    four(&office).await;
    let first = office.page(v1::ListRequestsRequest { page_size: 1, ..wanted("leader", List::Mine) });
    let page_token = first.await.unwrap().next_page_token;
    assert!(!page_token.is_empty());
    let other = v1::ListRequestsRequest { page_token, ..wanted("sm2", List::Mine) };
    assert_eq!(wrong(other).await, ["page_token"]);
}

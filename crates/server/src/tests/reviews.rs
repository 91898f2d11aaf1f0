//! Reviews over the wire: opened, looked at by who may, shown to whom they concern, ended when they are due.

use std::time::{Duration, SystemTime};

use bailiwick_proto::v1;
use bailiwick_proto::v1::request_service_client::RequestServiceClient;
use bailiwick_proto::v1::user_change::Change;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::office::{Office, add, fields};
use super::world::{Served, serve, serve_store};
use super::writes::{load, realm, reason, unit, user};
use crate::Config;

struct Sites {
    served: Served,
    channel: Channel,
}

impl Sites {
    /// Two sites with a manager each, and their staff.
    async fn begin() -> Self {
        let served = serve(Config::local()).await;
        served.create_realm().await;
        let channel = served.channel().await;
        let items = vec![
            unit("units/e", "enterprise", &[]),
            unit("units/n", "site", &["units/e"]),
            unit("units/s", "site", &["units/e"]),
            user("em", "e", &[("enterprise-manager", "e")]),
            user("smn", "n", &[("site-manager", "n")]),
            user("sms", "s", &[("site-manager", "s")]),
            user("a", "n", &[("staff", "n")]),
            user("b", "n", &[("staff", "n")]),
        ];
        load(&channel, items).await.unwrap();
        Self { served, channel }
    }

    fn client(&self) -> RequestServiceClient<Channel> {
        RequestServiceClient::new(self.channel.clone())
    }

    async fn open(&self, request: v1::OpenReviewRequest) -> Result<v1::OpenReviewResponse, Status> {
        Ok(self.client().open_review(request).await?.into_inner())
    }

    async fn decide(
        &self,
        actor: &str,
        user: &str,
        decision: v1::ReviewDecision,
    ) -> Result<v1::Review, Status> {
        let item = v1::ReviewVerdict {
            user: format!("users/{user}"),
            assignment: "assignments/1".to_owned(),
            decision: decision.into(),
        };
        let request = v1::DecideReviewRequest {
            realm: realm(),
            actor: named(actor),
            review: "reviews/v".to_owned(),
            items: vec![item],
            ..Default::default()
        };
        Ok(self.client().decide_review(request).await?.into_inner().review.unwrap())
    }

    async fn get(&self, actor: &str, review: &str) -> Result<v1::Review, Status> {
        let review = format!("reviews/{review}");
        let request = v1::GetReviewRequest { realm: realm(), actor: named(actor), review };
        Ok(self.client().get_review(request).await?.into_inner().review.unwrap())
    }

    async fn list(&self, actor: &str, show_closed: bool) -> Vec<String> {
        let mut request = v1::ListReviewsRequest {
            realm: realm(),
            actor: named(actor),
            show_closed,
            page_size: 1,
            ..Default::default()
        };
        let mut names = Vec::new();
        loop {
            let page = self.client().list_reviews(request.clone()).await.unwrap().into_inner();
            assert!(page.reviews.iter().all(|review| review.items.is_empty()));
            names.extend(page.reviews.into_iter().map(|review| review.name));
            if page.next_page_token.is_empty() {
                return names;
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn named(actor: &str) -> String {
    if actor.is_empty() { String::new() } else { format!("users/{actor}") }
}

fn over(actor: &str, unit: &str, due: Duration) -> v1::OpenReviewRequest {
    v1::OpenReviewRequest {
        realm: realm(),
        actor: named(actor),
        review: "reviews/v".to_owned(),
        unit: format!("units/{unit}"),
        due_at: Some((SystemTime::now() + due).into()),
        end_unconfirmed: true,
        ..Default::default()
    }
}

const DAY: Duration = Duration::from_secs(86_400);

fn outcomes(review: &v1::Review) -> Vec<(String, v1::ReviewOutcome)> {
    let item = |item: &v1::ReviewItem| (item.of.as_ref().unwrap().user.clone(), item.outcome());
    review.items.iter().map(item).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_looked_at_again() {
    let sites = Sites::begin().await;
    let request = v1::OpenReviewRequest { request_id: "once".to_owned(), ..over("smn", "n", DAY) };
    let opened = sites.open(request.clone()).await.unwrap();
    assert_eq!(sites.open(request).await.unwrap(), opened, "a replay");
    let review = opened.review.unwrap();
    use v1::ReviewOutcome as Is;
    assert_eq!(outcomes(&review), [("users/a".to_owned(), Is::Open), ("users/b".to_owned(), Is::Open)]);
    let left = review.left_out[0].clone();
    assert_eq!((left.of.unwrap().user.as_str(), left.reason), ("users/smn", v1::Reason::Self_.into()));
    assert_eq!(
        (review.open_items, review.opener.as_str(), review.unit.as_str()),
        (2, "users/smn", "units/n")
    );
    let confirmed = sites.decide("smn", "a", v1::ReviewDecision::Confirm).await.unwrap();
    assert_eq!((confirmed.open_items, confirmed.items[0].user.as_str()), (1, "users/smn"));
    let ended = sites.decide("em", "b", v1::ReviewDecision::End).await.unwrap();
    // What others looked at is told to whoever opened it.
    assert_eq!(outcomes(&ended), [("users/b".to_owned(), Is::Ended)]);
    assert!(ended.closed_at.is_some());
    let read = sites.get("smn", "v").await.unwrap();
    assert_eq!(outcomes(&read), [("users/a".to_owned(), Is::Confirmed), ("users/b".to_owned(), Is::Ended)]);
    let closed = sites.decide("smn", "a", v1::ReviewDecision::End).await.unwrap_err();
    assert_eq!((closed.code(), reason(&closed).as_str()), (Code::FailedPrecondition, "REVIEW_CLOSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_whom_nothing_in_it_concerns_there_is_no_review() {
    let sites = Sites::begin().await;
    sites.open(over("smn", "n", DAY)).await.unwrap();
    for stranger in ["sms", "a"] {
        let unseen = sites.get(stranger, "v").await.unwrap_err();
        let none = sites.get(stranger, "none").await.unwrap_err();
        assert_eq!((unseen.code(), unseen.message()), (none.code(), none.message()));
        assert_eq!(reason(&unseen), "UNKNOWN_REVIEW");
        let decided = sites.decide(stranger, "a", v1::ReviewDecision::Confirm).await.unwrap_err();
        assert_eq!(reason(&decided), "UNKNOWN_REVIEW");
        assert_eq!(sites.list(stranger, true).await, [""; 0]);
    }
    for reader in ["smn", "em", ""] {
        assert_eq!(sites.list(reader, false).await, ["reviews/v"], "{reader}");
    }
    let few =
        v1::ListReviewsRequest { realm: realm(), actor: named("a"), page_size: 1, ..Default::default() };
    let page = sites.client().list_reviews(few).await.unwrap().into_inner();
    assert!(page.reviews.is_empty() && page.next_page_token.is_empty(), "not even how many there are");
    // What was left out is for whoever opened it.
    assert!(sites.get("em", "v").await.unwrap().left_out.is_empty());
    assert_eq!(sites.get("", "v").await.unwrap().left_out.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_ends_by_itself_and_once() {
    let sites = Sites::begin().await;
    // Another server of the same store looks for what is due, too.
    let _other = serve_store(sites.served.store.clone(), Config::local()).await;
    sites.open(over("smn", "n", Duration::from_millis(1_200))).await.unwrap();
    sites.decide("smn", "a", v1::ReviewDecision::Confirm).await.unwrap();
    let ended = loop {
        let review = sites.get("", "v").await.unwrap();
        if review.closed_at.is_some() {
            break review;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    use v1::ReviewOutcome as Is;
    assert_eq!(outcomes(&ended), [("users/a".to_owned(), Is::Confirmed), ("users/b".to_owned(), Is::Lapsed)]);
    let closed_at = SystemTime::try_from(ended.closed_at.unwrap()).unwrap();
    assert!(closed_at >= SystemTime::try_from(ended.due_at.unwrap()).unwrap());
    assert_eq!((sites.list("smn", false).await, sites.list("smn", true).await.len()), (Vec::new(), 1));
    let before = sites.served.store.state("eto").unwrap().revision;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(sites.served.store.state("eto").unwrap().revision, before, "and once");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_and_by_whom_is_told_to_who_sees_them() {
    let office = Office::begin().await;
    office.by_operator("cw", &[add("r1", "caseworker")]).await;
    let mut client = office.requests();
    let over = v1::OpenReviewRequest { role: "caseworker".to_owned(), ..over("sm1", "s1", DAY) };
    client.open_review(over).await.unwrap();
    let item = v1::ReviewVerdict {
        user: "users/cw".to_owned(),
        assignment: "assignments/1".to_owned(),
        decision: v1::ReviewDecision::Confirm.into(),
    };
    let confirm = v1::DecideReviewRequest {
        realm: realm(),
        actor: named("leader"),
        review: "reviews/v".to_owned(),
        items: vec![item],
        ..Default::default()
    };
    client.decide_review(confirm).await.unwrap();
    let mut told = async |reader: &str| {
        let request =
            v1::GetReviewRequest { realm: realm(), actor: named(reader), review: "reviews/v".to_owned() };
        let review = client.get_review(request).await.unwrap().into_inner().review.unwrap();
        assert_eq!(outcomes(&review), [("users/cw".to_owned(), v1::ReviewOutcome::Confirmed)]);
        (review.unit, review.opener)
    };
    let everything = ("units/s1".to_owned(), "users/sm1".to_owned());
    assert_eq!(told("sm1").await, everything);
    assert_eq!(told("").await, everything);
    // Whoever looks at something in it need not see who opened it,
    assert_eq!(told("leader").await, ("units/s1".to_owned(), String::new()));
    // nor, once they lead elsewhere, where that was.
    let ends = Change::EndAssignment(v1::EndAssignment { assignment: "assignments/1".to_owned(), at: None });
    office.by_operator("leader", &[add("t2", "team-leader"), ends]).await;
    assert_eq!(told("leader").await, (String::new(), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_opens_none() {
    let sites = Sites::begin().await;
    let dry = v1::OpenReviewRequest { validate_only: true, ..over("smn", "n", DAY) };
    let told = sites.open(dry).await.unwrap();
    assert_eq!((told.revision, told.review.unwrap().items.len()), (0, 2));
    assert_eq!(reason(&sites.get("smn", "v").await.unwrap_err()), "UNKNOWN_REVIEW");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_review_is_told_where_it_stands() {
    let sites = Sites::begin().await;
    let wrong = async |request| fields(&sites.open(request).await.unwrap_err());
    assert_eq!(wrong(v1::OpenReviewRequest { unit: String::new(), ..over("smn", "n", DAY) }).await, ["unit"]);
    assert_eq!(wrong(v1::OpenReviewRequest { due_at: None, ..over("smn", "n", DAY) }).await, ["due_at"]);
    let past = Some(SystemTime::UNIX_EPOCH.into());
    assert_eq!(wrong(v1::OpenReviewRequest { due_at: past, ..over("smn", "n", DAY) }).await, ["due_at"]);
    let role = "wizard".to_owned();
    assert_eq!(wrong(v1::OpenReviewRequest { role, ..over("smn", "n", DAY) }).await, ["role"]);
    let review = "v".to_owned();
    assert_eq!(wrong(v1::OpenReviewRequest { review, ..over("smn", "n", DAY) }).await, ["review"]);
    sites.open(over("smn", "n", DAY)).await.unwrap();
    let undecided = sites.decide("smn", "a", v1::ReviewDecision::Unspecified).await.unwrap_err();
    assert_eq!(fields(&undecided), ["items[0].decision"]);
    let own = sites.decide("smn", "smn", v1::ReviewDecision::Confirm).await.unwrap_err();
    assert_eq!((own.code(), reason(&own).as_str()), (Code::PermissionDenied, "SELF"));
}

//! Questions about the past over the wire, of somebody who has changed a thousand times.

use std::time::Instant as Clock;

use bailiwick_bench::random::Random;
use bailiwick_bench::world::REALM;
use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::freshness::Requirement;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use crate::directory::keyed;
use crate::lists::FirstPage;

/// How often somebody changes.
const CHANGES: u64 = 1_000;
/// How many questions are asked.
const ASKED: usize = 500;

/// Changes somebody again and again, and asks about random moments of that.
pub(crate) async fn measure(channel: &Channel, subject: &str) -> Result<Vec<FirstPage>, Status> {
    let realm = format!("realms/{REALM}");
    let mut newest = 0;
    for number in 0..CHANGES {
        let changed = Change::SetClearance(v1::SetClearance { cleared: number % 2 == 0 });
        let request = v1::ManageUserRequest {
            realm: realm.clone(),
            user: subject.to_owned(),
            changes: vec![v1::UserChange { change: Some(changed) }],
            ..v1::ManageUserRequest::default()
        };
        let reply = UserServiceClient::new(channel.clone()).manage_user(keyed(request)?).await?;
        newest = reply.into_inner().revision;
    }
    let first = newest.saturating_sub(CHANGES);
    let mut random = Random::new(7);
    let mut access = AccessServiceClient::new(channel.clone());
    let [mut checked, mut summarized] = [Vec::new(), Vec::new()];
    for number in 0..ASKED {
        let offset = random.below(u32::try_from(CHANGES).unwrap_or(u32::MAX));
        let at = Requirement::AtRevision(first.saturating_add(u64::from(offset)));
        let freshness = Some(v1::Freshness { requirement: Some(at) });
        let check = v1::CheckAccessRequest {
            realm: realm.clone(),
            subject: subject.to_owned(),
            capability: "customer.view".to_owned(),
            resource: format!("customers/customer-{number}"),
            freshness: freshness.clone(),
            ..v1::CheckAccessRequest::default()
        };
        let started = Clock::now();
        access.check_access(keyed(check)?).await?;
        checked.push(started.elapsed().as_secs_f64() * 1e6);
        let summarize = v1::SummarizeAccessRequest {
            realm: realm.clone(),
            user: subject.to_owned(),
            actor: String::new(),
            freshness,
        };
        let started = Clock::now();
        access.summarize_access(keyed(summarize)?).await?;
        summarized.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(vec![
        FirstPage::of("the past: a question", 1, checked),
        FirstPage::of("the past: a summary", 1, summarized),
    ])
}

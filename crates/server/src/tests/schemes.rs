//! Other rules: compared before they are put, and refused where they would leave something without any.

use bailiwick_policy::scheme::shipped;
use bailiwick_proto::v1;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use super::lists::settled;
use super::writes::{load, placement, realm, reason, user};

fn eto() -> &'static str {
    shipped().iter().find(|(name, _)| *name == "eto").unwrap().1
}

async fn compare(channel: &Channel, toml: &str) -> v1::CompareSchemesResponse {
    let request = v1::CompareSchemesRequest { realm: realm(), toml: toml.to_owned(), skip_preview: false };
    RealmServiceClient::new(channel.clone()).compare_schemes(request).await.unwrap().into_inner()
}

fn put(toml: &str) -> v1::PutSchemeRequest {
    v1::PutSchemeRequest { realm: realm(), toml: toml.to_owned(), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheme_is_compared_before_it_is_put() {
    let (_served, channel) = settled().await;
    let same = compare(&channel, eto()).await;
    assert_eq!((same.differences.len(), same.stranded.len(), same.faults.len()), (0, 0, 0));
    assert_eq!(same.preview, Some(v1::Preview::default()));

    // Site managers rank below staff.
    let lower = eto().replace("rank = 80", "rank = 45");
    assert_ne!(lower, eto());
    let told = compare(&channel, &lower).await;
    let ranks = v1::SchemeDifference {
        key: "roles.site-manager.rank".to_owned(),
        before: "80".to_owned(),
        after: "45".to_owned(),
    };
    assert_eq!(told.differences, [ranks]);
    let preview = told.preview.unwrap();
    assert!(preview.access.is_empty() && preview.holders.is_empty());
    let manage = preview.others.iter().find(|one| one.capability == "user.manage").unwrap();
    // Nora and Sid outrank their staff no longer.
    assert_eq!((manage.users_gaining, manage.users_losing), (0, 2), "{preview:#?}");
    let lost = preview.examples.iter().filter(|one| one.capability == "user.manage");
    let lost: Vec<_> = lost.map(|one| (one.user.as_str(), one.turn())).collect();
    assert!(lost.contains(&("users/nora", v1::AccessTurn::Lost)), "{lost:?}");

    // A dry run says the same; and putting it with the etag of what was compared does it.
    let mut realms = RealmServiceClient::new(channel.clone());
    let dry = v1::PutSchemeRequest { validate_only: true, etag: told.etag.clone(), ..put(&lower) };
    assert_eq!(realms.put_scheme(dry).await.unwrap().into_inner().preview, Some(preview));
    realms.put_scheme(v1::PutSchemeRequest { etag: told.etag.clone(), ..put(&lower) }).await.unwrap();
    let stale = v1::PutSchemeRequest { etag: told.etag, ..put(eto()) };
    assert_eq!(reason(&realms.put_scheme(stale).await.unwrap_err()), "ETAG_MISMATCH");
}

/// More than is asked at once: the second, longer comparison tells it.
#[tokio::test(flavor = "multi_thread")]
async fn rules_for_many_are_compared_to_the_end() {
    let (_served, channel) = settled().await;
    let staff = (0..250).map(|n| user(&format!("s{n}"), "north", &[("staff", "north")]));
    let customers = (0..1_000).map(|n| placement(&format!("many{n}"), "n1"));
    load(&channel, staff.collect()).await.unwrap();
    load(&channel, customers.collect()).await.unwrap();
    let record = r#"{ name = "touchpoint.record", classes = ["touchpoints"] },"#;
    let fewer = eto().replacen(record, "", 1);
    assert_ne!(fewer, eto());
    let preview = compare(&channel, &fewer).await.preview.unwrap();
    let told = preview.others.iter().find(|one| one.capability == "touchpoint.record").unwrap();
    assert!(told.users_losing >= 250 && told.users_gaining == 0, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_would_refuse_a_scheme_is_told() {
    let (_served, channel) = settled().await;
    // Nobody's user management is switched on in a role that always had it.
    let switched = eto().replacen("user_management = \"always\"", "user_management = \"switch\"", 1);
    let told = compare(&channel, &switched).await;
    assert_eq!((told.refused(), told.preview), (v1::Reason::LastManager, None));
    let status = RealmServiceClient::new(channel).put_scheme(put(&switched)).await.unwrap_err();
    assert_eq!(reason(&status), "LAST_MANAGER");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_scheme_is_an_answer() {
    let (_served, channel) = settled().await;
    let told = compare(&channel, &format!("colour = 1\n{}", eto())).await;
    assert!(told.faults.iter().any(|fault| fault.key == "colour"), "{:?}", told.faults);
    assert!(told.differences.is_empty() && told.preview.is_none());
    let nowhere = v1::CompareSchemesRequest { realm: "realms/nowhere".to_owned(), ..Default::default() };
    let status = RealmServiceClient::new(channel).compare_schemes(nowhere).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "UNKNOWN_REALM".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheme_that_strands_somebody_is_refused_with_the_list() {
    let (_served, channel) = settled().await;
    // Staff, whom four hold, become clerks; programs, of which there is one at least, become projects.
    let other = eto().replace("roles.staff", "roles.clerk").replace("\"staff\"", "\"clerk\"");
    let told = compare(&channel, &other).await;
    assert_eq!(told.faults, []);
    assert!(told.preview.is_none());
    assert_eq!(told.refused(), v1::Reason::SchemeStrandsUsers);
    let staff = told.stranded.iter().find(|one| one.what == "roles.staff").unwrap();
    assert!(staff.users.contains(&"users/stan".to_owned()) && staff.units.is_empty(), "{staff:?}");
    assert_eq!(usize::try_from(staff.count).unwrap(), staff.users.len());

    let status = RealmServiceClient::new(channel.clone()).put_scheme(put(&other)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::FailedPrecondition, "SCHEME_STRANDS_USERS".to_owned())
    );
    let listed = status.get_details_precondition_failure().unwrap().violations;
    let staff = format!("`roles.staff`: {} users: ", staff.count);
    assert!(listed.iter().any(|one| one.description.starts_with(&staff)), "{listed:?}");
    // Nothing was written.
    assert_eq!(compare(&channel, eto()).await.differences, []);
}

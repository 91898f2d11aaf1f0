//! Lists of what is allowed over the wire: whom may this user manage, and who may manage this user?

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use tonic::Code;

use super::lists::{faulty_fields, settled};
use super::writes::realm;

/// Whom can I manage, and who could manage this person, and through what.
#[tokio::test(flavor = "multi_thread")]
async fn whom_one_may_manage_and_who_may_manage_one() {
    let (_served, channel) = settled().await;
    let mut access = AccessServiceClient::new(channel.clone());
    let resources = |subject: &str, capability: &str| v1::ListAllowedResourcesRequest {
        realm: realm(),
        subject: format!("users/{subject}"),
        capability: capability.to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let mut whom = async |subject: &str, capability: &str| -> Vec<(String, String, String)> {
        let (mut request, mut found) = (resources(subject, capability), Vec::new());
        loop {
            let page = access.list_allowed_resources(request.clone()).await.unwrap().into_inner();
            assert!(page.resources.len() <= 1 && !page.token.is_empty());
            found.extend(page.resources.into_iter().map(|row| (row.resource, row.role, row.unit)));
            if page.next_page_token.is_empty() {
                return found;
            }
            request.page_token = page.next_page_token;
        }
    };
    let row =
        |user: &str, role: &str, unit: &str| (format!("users/{user}"), role.to_owned(), unit.to_owned());
    let by_nora = |user: &str| row(user, "site-manager", "units/north");
    assert_eq!(whom("nora", "user.manage").await, [by_nora("stan"), by_nora("both")]);
    assert_eq!(whom("nora", "user.view").await, [row("nora", "", ""), by_nora("stan"), by_nora("both")]);
    assert_eq!(whom("stan", "user.manage").await, []);
    assert_eq!(whom("nobody", "user.manage").await, []);

    let mut access = AccessServiceClient::new(channel.clone());
    let users = |resource: &str, capability: &str| v1::ListAllowedUsersRequest {
        realm: realm(),
        resource: format!("users/{resource}"),
        capability: capability.to_owned(),
        ..Default::default()
    };
    let mut who = async |resource: &str, capability: &str| -> Vec<(String, String, String)> {
        let page = access.list_allowed_users(users(resource, capability)).await.unwrap().into_inner();
        page.users.into_iter().map(|row| (row.user, row.role, row.unit)).collect()
    };
    let by_boss = row("boss", "enterprise-manager", "units/e");
    assert_eq!(who("stan", "user.manage").await, [by_boss.clone(), by_nora("nora")]);
    let by_sid = row("sid", "site-manager", "units/south");
    assert_eq!(who("both", "user.manage").await, [by_boss.clone(), by_nora("nora"), by_sid]);
    assert_eq!(who("nobody", "user.manage").await, []);
    assert_eq!(who("boss", "user.view").await, [row("boss", "", "")]);

    let mut access = AccessServiceClient::new(channel.clone());
    for (request, field) in
        [(users("stan", "report.view"), "capability"), (users("a b", "user.view"), "resource")]
    {
        let status = access.list_allowed_users(request).await.unwrap_err();
        assert_eq!((status.code(), faulty_fields(&status)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
    let first = access.list_allowed_resources(resources("nora", "user.manage")).await.unwrap().into_inner();
    let other = v1::ListAllowedResourcesRequest {
        page_token: first.next_page_token,
        ..resources("boss", "user.manage")
    };
    let status = access.list_allowed_resources(other).await.unwrap_err();
    assert_eq!(faulty_fields(&status), ["page_token"]);
}

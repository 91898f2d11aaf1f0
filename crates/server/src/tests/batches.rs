//! A batch is as many single questions, answered from one state.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use tonic::transport::Channel;

use super::explain::troubled;
use super::writes::realm;

/// Everything of every type, and what is not there.
const ASKED: [(&str, &[&str]); 4] = [
    ("customer.view", &["customers/c1", "customers/nobody"]),
    ("customer.find", &["units/north", "units/n1", "units/south", "units/nowhere"]),
    ("user.view", &["users/stan", "users/boss", "users/both", "users/nobody"]),
    ("user.manage", &["users/stan", "users/boss", "users/nora", "users/nobody"]),
];
const CLASSES: [&[&str]; 3] = [&[], &["demographics"], &["contacts", "touchpoints"]];
const SUBJECTS: [&str; 6] = ["boss", "nora", "sid", "stan", "both", "nobody"];

fn questions() -> Vec<v1::Question> {
    let mut questions = Vec::new();
    for (capability, resources) in ASKED {
        let of_customers = capability == "customer.view";
        for &resource in resources {
            for classes in CLASSES.iter().take(if of_customers { 3 } else { 1 }) {
                for unit in ["", "units/n1", "units/south"].iter().take(if of_customers { 3 } else { 1 }) {
                    questions.push(v1::Question {
                        capability: capability.to_owned(),
                        resource: resource.to_owned(),
                        record_classes: classes.iter().map(|&class| class.to_owned()).collect(),
                        unit: (*unit).to_owned(),
                    });
                }
            }
        }
    }
    questions
}

/// The answer to one question, and the token of the state that gave it.
async fn single(channel: &Channel, subject: &str, question: v1::Question) -> (v1::Answer, Vec<u8>) {
    let v1::Question { capability, resource, record_classes, unit } = question;
    let request = v1::CheckAccessRequest {
        realm: realm(),
        subject: subject.to_owned(),
        capability,
        resource,
        record_classes,
        unit,
        ..Default::default()
    };
    let answer = AccessServiceClient::new(channel.clone()).check_access(request).await.unwrap().into_inner();
    let token = answer.token.clone();
    let v1::CheckAccessResponse {
        decision,
        reason,
        assignment,
        role,
        unit,
        visible,
        redacted,
        through,
        valid_until,
        ..
    } = answer;
    (v1::Answer { decision, reason, assignment, role, unit, visible, redacted, through, valid_until }, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_as_many_single_questions() {
    let (_served, channel) = troubled().await;
    let mut reasons = std::collections::BTreeSet::new();
    for subject in SUBJECTS {
        let subject = format!("users/{subject}");
        let questions = questions();
        let request = v1::BatchCheckAccessRequest {
            realm: realm(),
            subject: subject.clone(),
            questions: questions.clone(),
            freshness: None,
        };
        let mut access = AccessServiceClient::new(channel.clone());
        let batch = access.batch_check_access(request).await.unwrap().into_inner();
        assert_eq!(batch.answers.len(), questions.len());
        for (question, answer) in questions.into_iter().zip(batch.answers) {
            reasons.insert(answer.reason);
            let (single, token) = single(&channel, &subject, question.clone()).await;
            assert_eq!(answer, single, "{subject}: {question:?}");
            assert_eq!(batch.token, token);
        }
    }
    assert!(reasons.len() >= 7, "too few reasons to prove anything: {reasons:?}");
}

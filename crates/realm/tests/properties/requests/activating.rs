//! Whom a request makes is mailed an activation when it takes effect, unless whoever wrote the address could not be shown it.

use bailiwick_identity::{Field, SealedSecret, SecretDigest, SecretKind};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Actor, Body, Content, Issue, IssueSecret, RequestCommand, UserChange, Verdict};

use super::office::{Office, add, end, form, person, somebody, why};
use crate::realm::user_id;

fn office() -> Office {
    let mut office = Office::new();
    let kept = "passwords = \"kept\"\nactivation_mailed = true";
    office.rules(|text| text.replace("passwords = \"elsewhere\"", kept));
    office
}

/// Somebody new at places.
fn new(id: &str, places: &[&str]) -> Content {
    let made = UserChange::Create(somebody(id, "t11"));
    let changes = std::iter::once(made).chain(places.iter().map(|place| add(place, "caseworker")));
    form(RequestKind::SetUp, id, changes.collect())
}

/// An operator has an activation mailed.
fn mail(office: &mut Office, user: &str) -> Option<Reason> {
    let secret = SealedSecret { digest: SecretDigest([9; 32]), sealed: "by hand".to_owned() };
    let issue = Issue::Mail(SecretKind::Activation, secret);
    let issue = IssueSecret { user: user_id(user), etag: None, issue };
    why(office.give(Actor::Operator, Body::IssueSecret(issue)))
}

#[test]
fn each_of_those_whom_it_makes_is_mailed_their_own() {
    let mut office = office();
    let mut both = new("pia", &["p2"]);
    both.people.push(new("quinn", &["p3"]).people.remove(0));
    let id = office.ask("tl11", both).unwrap();
    assert!(office.told.is_empty(), "nothing has taken effect");
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.told, ["pia for pia", "quinn for quinn", "tl11 decided"]);
    assert_eq!(mail(&mut office, "pia"), None);
}

#[test]
fn who_wrote_the_address_and_does_not_reach_all_of_it_gets_no_mail_there() {
    let mut office = office();
    let id = office.ask("tl11", new("pia", &["p2", "r1"])).unwrap();
    for approver in ["sm1", "sm2"] {
        office.approve(approver, &id).unwrap();
    }
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.told, ["tl11 decided"]);
    // Nor by a page for forgotten passwords, which asks as an operator: a manager of all of it vouches for the address.
    assert_eq!(mail(&mut office, "pia"), Some(Reason::AddressInDoubt));
}

#[test]
fn nor_does_the_subject_that_they_wrote_stay() {
    let mut office = office();
    let with_subject = |mut content: Content| {
        if let Some(UserChange::Create(new)) = content.people[0].changes.first_mut() {
            new.fields.insert(Field::ProviderSubject, "sub-1".to_owned());
        }
        content
    };
    let id = office.ask("tl11", with_subject(new("quinn", &["p3", "q1"]))).unwrap();
    office.approve("tl12", &id).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.field("quinn", Field::ProviderSubject), None);
    // One of those who approved could have made them: they vouch for it, and it stays when the author has gone.
    let id = office.ask("tl11", with_subject(new("pia", &["p2"]))).unwrap();
    office.carry_out("desk", &id).unwrap();
    office.operate(Body::ManageUser(person("tl11", vec![add("t12", "team-leader"), end(1)])));
    office.operate(Body::ManageUser(person("pia", vec![add("t11", "team_leader_permissions")])));
    assert_eq!(office.field("pia", Field::ProviderSubject), Some("sub-1"));
}

#[test]
fn whoever_approves_all_of_it_vouches_for_the_address() {
    let mut office = office();
    let id = office.ask("tl11", new("pia", &["p2", "r1"])).unwrap();
    office.approve("dm", &id).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.told, ["pia for pia", "tl11 decided"]);
    assert_eq!(mail(&mut office, "pia"), None);
}

/// However high they rise who wrote it.
#[test]
fn an_address_that_nobody_vouched_for_is_good_for_nothing() {
    let mut office = office();
    let id = office.ask("tl11", new("pia", &["p2", "r1"])).unwrap();
    for approver in ["sm1", "sm2"] {
        office.approve(approver, &id).unwrap();
    }
    office.carry_out("desk", &id).unwrap();
    office.operate(Body::ManageUser(person("tl11", vec![add("dep", "department-manager"), end(1)])));
    assert_eq!(mail(&mut office, "pia"), Some(Reason::AddressInDoubt));
}

#[test]
fn it_is_prepared_for_what_may_take_effect() {
    let mut office = office();
    let id = office.ask("tl11", new("pia", &["p2", "r1"])).unwrap();
    let request = || office.read(&id);
    let verdict = |verdict| RequestCommand::Decide { request: request(), verdict };
    let prepared = |command| Body::Request(Box::new(command)).may_activate().count();
    assert_eq!(prepared(verdict(Verdict::Approve)), 1);
    assert_eq!(prepared(RequestCommand::Submit(vec![request()])), 1);
    assert_eq!(prepared(RequestCommand::CarryOut(request())), 1);
    assert_eq!(prepared(RequestCommand::Due(request())), 1);
    assert_eq!(prepared(verdict(Verdict::Reject)), 0);
    assert_eq!(prepared(RequestCommand::Withdraw(request())), 0);
}

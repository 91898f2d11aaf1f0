//! Everything that can happen to a request in a small world, searched to the end: whoever does whatever in whatever order,
//! while people fall and time passes.
//!
//! What is allowed is written down by hand: who may approve each part, and that nothing else gives anybody anything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Body, Content, ItemVerdict, Looked, RequestCommand, ReviewCommand, Stage, Unconfirmed, UserChange,
    Verdict,
};

use super::office::{DAY, Office, acting, add, end, form, held, ids, person, request_id};
use super::reviews::{at, id};

/// The one request that there is.
const ID: &str = "r-1";

/// What is asked for, and who may approve which part of it.
struct Case {
    content: Content,
    /// Of each unit touched: who may approve it, as long as they stand.
    parts: &'static [&'static [&'static str]],
    /// Whom it is about, and what they hold before and after.
    subject: &'static str,
    before: &'static [(&'static str, &'static str)],
    after: &'static [(&'static str, &'static str)],
}

/// Who takes part. `twin` is the same person as `cw`, and manages a segment.
const ACTORS: [&str; 10] = ["dm", "sm1", "sm2", "tl11", "tl21", "cw", "new", "twin", "desk", "adviser"];

/// A world in which as much has happened, and what of it decides.
#[derive(Clone)]
struct Node {
    office: Office,
    /// Who has lost their standing.
    fallen: BTreeSet<&'static str>,
    waited: bool,
}

/// Something that is tried.
#[derive(Debug, Clone, Copy)]
enum Step {
    Do(&'static str, Deed),
    /// Time's own, by any server.
    Due,
    /// The end of the review.
    ReviewDue,
    /// A low role more: a lowest rank that is nobody's superior.
    Fall(&'static str),
    /// Longer than a request waits.
    Wait,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Draft,
    Submit,
    Approve,
    Reject,
    Withdraw,
    CarryOut,
    /// What is asked for, without asking.
    Directly,
    /// A review of everything, which ends what nobody confirms.
    OpenReview,
    /// An end to what is reviewed of the person.
    EndInReview,
}

fn review(what: ReviewCommand) -> Body {
    Body::Review(Box::new(what))
}

fn steps() -> Vec<Step> {
    let deeds = [
        Deed::Draft,
        Deed::Submit,
        Deed::Approve,
        Deed::Reject,
        Deed::Withdraw,
        Deed::CarryOut,
        Deed::Directly,
        Deed::OpenReview,
        Deed::EndInReview,
    ];
    let deeds = ACTORS.into_iter().flat_map(|actor| deeds.map(|deed| Step::Do(actor, deed)));
    let others = [Step::Due, Step::ReviewDue, Step::Fall("sm1"), Step::Fall("sm2"), Step::Wait];
    deeds.chain(others).collect()
}

/// Where a request is, without its instants.
fn place(stage: Stage) -> &'static str {
    match stage {
        Stage::Draft => "draft",
        Stage::Submitted { .. } => "submitted",
        Stage::Approved { .. } => "approved",
        Stage::Fulfilled => "fulfilled",
        Stage::Rejected => "rejected",
        Stage::Withdrawn => "withdrawn",
        Stage::Expired => "expired",
        Stage::Failed(_) => "failed",
    }
}

/// Where a request goes from where it is.
fn follows(from: &str, to: &str) -> bool {
    let next: &[&str] = match from {
        "" => &["draft"],
        "draft" => &["submitted", "approved", "fulfilled", "failed", "withdrawn"],
        "submitted" => &["approved", "rejected", "withdrawn", "expired", "fulfilled", "failed"],
        "approved" => &["fulfilled", "failed"],
        _ => &[],
    };
    from == to || next.contains(&to)
}

impl Node {
    fn take(&mut self, case: &Case, step: Step) -> bool {
        let exists = self.office.has(ID);
        let read = || self.office.read(ID);
        let (actor, body) = match step {
            Step::Do(actor, Deed::Directly) => (actor, Body::ManageUser(case.content.people[0].clone())),
            Step::Do(actor, Deed::Draft) => {
                let content = case.content.clone();
                let create = RequestCommand::Create { id: request_id(ID), copy_of: None, content };
                (actor, Body::Request(Box::new(create)))
            }
            Step::Do(actor, Deed::OpenReview) => {
                // One way up is enough: whoever may open one, opens the same.
                if !["dm", "sm1", "twin"].contains(&actor) {
                    return false;
                }
                let due_at = self.office.later(30 * DAY);
                let (over, unconfirmed) = (at("dep"), Unconfirmed::Ended);
                let over = if actor == "dm" { over } else { at(if actor == "sm1" { "s1" } else { "s2" }) };
                (actor, review(ReviewCommand::Open { id: id("v"), over, due_at, unconfirmed }))
            }
            Step::Do(actor, Deed::EndInReview) => {
                let Some(open) = self.office.some_review("v").map(|review| review.open().cloned()) else {
                    return false;
                };
                let of_subject = open.filter(|item| item.of.user.as_str() == case.subject);
                let verdict = Looked::End;
                let items = of_subject.map(|item| ItemVerdict {
                    user: item.of.user,
                    number: item.of.number,
                    verdict,
                });
                (actor, review(ReviewCommand::Decide { id: id("v"), items: items.collect() }))
            }
            Step::ReviewDue => {
                let Some(known) = self.office.some_review("v") else { return false };
                let users = known.open().map(|item| item.of.user.clone()).collect();
                ("", review(ReviewCommand::Due { id: id("v"), users }))
            }
            Step::Do(..) | Step::Due if !exists => return false,
            Step::Do(actor, deed) => {
                let what = match deed {
                    Deed::Submit => RequestCommand::Submit(vec![read()]),
                    Deed::Approve => RequestCommand::Decide { request: read(), verdict: Verdict::Approve },
                    Deed::Reject => RequestCommand::Decide { request: read(), verdict: Verdict::Reject },
                    Deed::Withdraw => RequestCommand::Withdraw(read()),
                    Deed::CarryOut => RequestCommand::CarryOut(read()),
                    Deed::Draft | Deed::Directly | Deed::OpenReview | Deed::EndInReview => return false,
                };
                (actor, Body::Request(Box::new(what)))
            }
            Step::Due => ("", Body::Request(Box::new(RequestCommand::Due(read())))),
            Step::Fall(user) => {
                if !self.fallen.insert(user) {
                    return false;
                }
                ("", Body::ManageUser(person(user, vec![add("p3", "caseworker")])))
            }
            Step::Wait => {
                self.office.wait(if self.waited { 0 } else { 31 * DAY });
                return !std::mem::replace(&mut self.waited, true);
            }
        };
        self.office.give(acting(actor), body).is_ok()
    }

    fn place(&self) -> &'static str {
        if self.office.has(ID) { place(self.office.stage(ID)) } else { "" }
    }

    fn approved(&self) -> BTreeSet<String> {
        if !self.office.has(ID) {
            return BTreeSet::new();
        }
        self.office.request(ID).approvals.iter().map(|approval| approval.by.to_string()).collect()
    }

    /// All that decides what can happen from here.
    fn key(&self, case: &Case) -> String {
        let author = self.office.has(ID).then(|| self.office.request(ID).author.clone());
        let expires = self.place() == "submitted" && self.office.has_expired(ID);
        let holds = self.office.holds(case.subject);
        let reviewed = self.office.some_review("v").map(|review| {
            let is_due = review.due_at <= self.office.now;
            (review.opener.clone(), review.closed_at.is_some(), is_due, review.open().count())
        });
        format!(
            "{} {:?} {author:?} {expires} {holds:?} {:?} {} {reviewed:?}",
            self.place(),
            self.approved(),
            self.fallen,
            self.waited
        )
    }
}

/// Searches everything; says how many states there are, and in how many the request took effect.
fn search(case: &Case) -> (usize, usize) {
    let mut office = Office::new();
    office.user("twin", "t11", &[("s2", "segment-manager")]);
    let same = UserChange::SetSamePerson(Some(ids("cw")));
    office.operate(Body::ManageUser(person("twin", vec![same])));
    let start = Node { office, fallen: BTreeSet::new(), waited: false };
    let mut seen = BTreeMap::from([(start.key(case), ())]);
    let mut waiting = VecDeque::from([start]);
    let mut effects = 0;
    while let Some(node) = waiting.pop_front() {
        for step in steps() {
            let mut next = node.clone();
            let accepted = next.take(case, step);
            examine(case, &node, &next, step, accepted);
            effects += usize::from(node.place() != "fulfilled" && next.place() == "fulfilled");
            if accepted && seen.insert(next.key(case), ()).is_none() {
                waiting.push_back(next);
            }
        }
    }
    (seen.len(), effects)
}

fn examine(case: &Case, before: &Node, after: &Node, step: Step, accepted: bool) {
    let told = || format!("{step:?} from {}", before.key(case));
    assert!(follows(before.place(), after.place()), "{} to {}", told(), after.place());
    let (was, is) = (before.office.holds(case.subject), after.office.holds(case.subject));
    let took_effect = before.place() != "fulfilled" && after.place() == "fulfilled";
    if !took_effect {
        assert_eq!(was, is, "{}", told());
    }
    if let Step::Do(_, Deed::Directly) = step {
        assert!(!accepted, "{}", told());
    }
    // Nobody approves who may not: not the person, by no account of theirs, not from below, not from elsewhere.
    let lawful =
        |user: &str| !after.fallen.contains(user) && case.parts.iter().any(|part| part.contains(&user));
    for new in after.approved().difference(&before.approved()) {
        assert!(lawful(new), "{new}: {}", told());
    }
    if after.place() == "approved" && before.place() != "approved" || took_effect {
        let approved = after.approved();
        assert!(approved.iter().all(|user| lawful(user)), "{approved:?}: {}", told());
        for part in case.parts {
            assert!(part.iter().any(|user| approved.contains(*user)), "{part:?}: {}", told());
        }
    }
    if took_effect {
        assert_eq!((was, is), (held(case.before), held(case.after)), "{}", told());
        assert!(matches!(step, Step::Do("desk", Deed::CarryOut)), "{}", told());
    }
}

#[test]
fn a_move_between_segments_happens_by_both_their_managers_and_the_desk_or_not_at_all() {
    let case = Case {
        content: form(RequestKind::Amend, "cw", vec![end(1), add("r1", "caseworker")]),
        parts: &[&["sm1", "dm", "director"], &["sm2", "dm", "director"]],
        subject: "cw",
        before: &[("p1", "caseworker")],
        after: &[("r1", "caseworker")],
    };
    let (states, effects) = search(&case);
    println!("{states} states, {effects} effects");
    assert!(states > 100 && effects > 0, "{states} states, {effects} effects");
}

#[test]
fn somebody_new_comes_by_one_grade_above_and_the_desk_or_not_at_all() {
    let case = Case {
        content: form(RequestKind::SetUp, "new", vec![add("p2", "caseworker")]),
        parts: &[&["tl11", "tl11b", "sm1", "dm", "director"]],
        subject: "new",
        before: &[],
        after: &[("p2", "caseworker")],
    };
    let (states, effects) = search(&case);
    println!("{states} states, {effects} effects");
    assert!(states > 40 && effects > 0, "{states} states, {effects} effects");
}

#[test]
fn access_to_another_segment_comes_by_its_manager_and_the_desk_or_not_at_all() {
    let case = Case {
        content: form(RequestKind::Amend, "cw", vec![add("r1", "caseworker")]),
        parts: &[&["sm2", "dm", "director"]],
        subject: "cw",
        before: &[("p1", "caseworker")],
        after: &[("p1", "caseworker"), ("r1", "caseworker")],
    };
    let (states, effects) = search(&case);
    println!("{states} states, {effects} effects");
    assert!(states > 60 && effects > 0, "{states} states, {effects} effects");
}

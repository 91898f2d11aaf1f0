//! Lists of users are complete and exact: whoever the naive evaluator allows, and nobody else, each once, over pages of
//! any size; with the assignment by which a single question is allowed.

use bailiwick_oracle::check::{Question, Resource};
use bailiwick_oracle::generate::generate;
use bailiwick_policy::Deciding;
use bailiwick_policy::list::{Listed, Part, ToUser, who, whom};
use bailiwick_versus::ask;
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

type Row = (String, Option<(u32, String, String)>);

const ASKED: [(&str, ToUser); 2] = [("user.view", ToUser::View), ("user.manage", ToUser::Manage)];

#[test]
fn lists_of_users_are_what_single_questions_allow() {
    let worlds = count("BAILIWICK_LISTED_WORLDS", 400);
    let (mut allowed, mut denied) = (0, 0);
    for seed in 0..worlds {
        let (scheme, world, now) = generate(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        // From a page of one on, so that each place is an end once.
        let limit = usize::try_from(seed % 5).expect("small") + 1;
        for user in pair.world.users.iter().map(|user| user.id.as_str()).chain(["nobody"]) {
            for (capability, what) in ASKED {
                let mine = naive(&pair, capability, |other| (user, other));
                let theirs = naive(&pair, capability, |other| (other, user));
                let (world, scheme, at) = (&pair.state.world, &pair.state.scheme, instant(pair.now));
                assert_eq!(
                    pages(&pair, limit, |part| whom(world, scheme, user, what, part, at)),
                    mine,
                    "world {seed}: whom `{user}` may {capability}"
                );
                assert_eq!(
                    pages(&pair, limit, |part| who(world, scheme, user, what, part, at)),
                    theirs,
                    "world {seed}: who may {capability} `{user}`"
                );
                allowed += mine.len();
                denied += pair.world.users.len() - mine.len();
            }
        }
    }
    println!("{allowed} pairs are allowed, {denied} are not");
    assert!(allowed > denied / 20, "too few are allowed to prove anything: {allowed} beside {denied}");
}

/// Everybody of a world about whom the naive evaluator allows a question, in the order in which they came into being.
fn naive<'a>(pair: &'a Pair, capability: &str, asked: impl Fn(&'a str) -> (&'a str, &'a str)) -> Vec<Row> {
    let about = |id: &'a String| {
        let (subject, other) = asked(id);
        let question = Question {
            subject: subject.to_owned(),
            capability: capability.to_owned(),
            resource: Resource::User(other.to_owned()),
            classes: Vec::new(),
            at: None,
        };
        let told = ask::oracle(pair, &question);
        (told.code == "ALLOWED").then(|| (id.clone(), told.deciding))
    };
    pair.world.users.iter().filter_map(|user| about(&user.id)).collect()
}

/// All pages of a list.
fn pages(pair: &Pair, limit: usize, list: impl Fn(Part) -> Listed) -> Vec<Row> {
    let (world, scheme) = (&pair.state.world, &pair.state.scheme);
    let unit = |ix| world.unit_id(ix).map(ToString::to_string).unwrap_or_default();
    let role = |ix| scheme.role(ix).map(|role| role.name.clone()).unwrap_or_default();
    let told = |by: Deciding| (by.number, role(by.role), unit(by.unit));
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let Listed { users, next } = list(Part { after, limit });
        assert!(users.len() <= limit, "a page is longer than asked for");
        let id = |ix| world.user_id(ix).map(|id| id.to_string()).unwrap_or_default();
        rows.extend(users.into_iter().map(|(user, by)| (id(user), by.map(told))));
        match next {
            Some(next) => after = Some(next),
            None => return rows,
        }
    }
}

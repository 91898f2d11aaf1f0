//! Two processes with one database, and many who are to get one position: one gets it, and the others are told.

use bailiwick_realm::{AssignmentSpec, Body, ManageUser, RequestCommand as Do, Seat, Stage, UserChange};

use super::fixture::{accepted, command, realm, unit, user};
use super::request_races::rounds;
use super::requests::{acting, add, create, found, person, read, stage};
use crate::Store;

/// So many want it.
const TAKERS: usize = 32;
/// So many times, usually.
const USUAL: u32 = 2;

fn taker(n: usize) -> String {
    format!("taker-{n}")
}

/// Everything that is asked for is approved and waits for the desk: the same position, or the lowest that is free.
async fn ask(store: &Store, round: u32, seat: Seat) {
    for n in 0..TAKERS {
        let id = format!("r-{round}-{n}");
        let at = if seat == Seat::There { "p1" } else { "t" };
        let mut asked = create(&id, &user(&taker(n)), at);
        if let Do::Create { content, .. } = &mut asked {
            let UserChange::Assign(spec) = add(at, "caseworker") else { panic!("no assignment") };
            content.people[0].changes = vec![UserChange::Assign(AssignmentSpec { seat, ..spec })];
        }
        accepted(store, acting("leader", asked)).await;
        accepted(store, acting("leader", Do::Submit(vec![read(store, &id).await]))).await;
    }
}

pub(crate) async fn of_many_takers_of_a_position_one_gets_it(open: impl AsyncFn(usize) -> Store) {
    let (one, other) = (open(100).await, open(100).await);
    found(&one).await;
    let people =
        (0..TAKERS).map(|n| person(&taker(n), &[])).chain([person("sitting", &[("p2", "caseworker")])]);
    accepted(&one, command(Body::Load(people.collect()))).await;
    for round in 0..rounds(USUAL) {
        ask(&one, round, if round % 2 == 0 { Seat::There } else { Seat::LowestAvailable }).await;
        let mut given = Vec::new();
        for n in 0..TAKERS {
            // The desk says so of each, twice: to this process and to the other.
            let done = acting("desk", Do::CarryOut(read(&one, &format!("r-{round}-{n}")).await));
            given.push(one.submit(realm(), done.clone(), None));
            given.push(other.submit(realm(), done, None));
        }
        let answers = futures_util::future::join_all(given).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), TAKERS, "each once");
        let mut winners = Vec::new();
        for n in 0..TAKERS {
            let stage = stage(&one, &format!("r-{round}-{n}")).await;
            assert!(matches!(stage, Stage::Fulfilled | Stage::Failed(_)), "{stage:?}");
            if stage == Stage::Fulfilled {
                winners.push(n);
            }
        }
        let state = one.state("r").unwrap();
        let p1 = state.world.unit_ix(unit("p1").as_str()).unwrap();
        let now = state.recorded_at;
        let holders = state
            .world
            .holders(p1)
            .filter(|&ix| state.world.user(ix).unwrap().assignments().any(|a| a.unit == p1 && a.held(now)));
        let holders: Vec<_> = holders.filter_map(|ix| state.world.user_id(ix)).collect();
        assert_eq!(holders, [user(&taker(winners[0]))]);
        assert_eq!(winners.len(), 1);
        let user = state.world.user_ix(&taker(winners[0])).and_then(|ix| state.world.user(ix)).unwrap();
        let number = user.access().last_number;
        let leaves = vec![UserChange::End { number, at: None }];
        let leaves =
            ManageUser { user: holders[0].clone(), etag: None, handles: Vec::new(), changes: leaves };
        accepted(&one, command(Body::ManageUser(leaves))).await;
    }
    assert!(one.verify(&realm()).await.is_ok());
    one.close().await;
    other.close().await;
}

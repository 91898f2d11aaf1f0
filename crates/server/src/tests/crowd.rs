//! Lists of many people: whole and in order, however they are found.

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item;

use super::lists::{list, pages, settled};
use super::writes::{all_below, load, user};

fn assignment(unit: &str, role: &str, user_type: &str) -> v1::Assign {
    let options = v1::AssignmentOptions { user_type: user_type.to_owned(), ..all_below().unwrap() };
    v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: Some(options),
        ..Default::default()
    }
}

/// So many that orders are walked where everybody is listed, and a few are put into order where few are.
const CROWD: usize = 1_600;

fn crowd() -> Vec<Item> {
    let person = |number: usize| {
        // Names that come in another order than ids, many of them twice.
        let last = format!("{}{}", ["Zeta", "Able", "Mid"][number % 3], number * 7 % 400);
        let site = ["north", "south"][number % 2];
        let (role, label) =
            [("staff", "Employee"), ("intake", "Intern"), ("program-manager", "")][number % 5 % 3];
        let Item::User(mut person) = user(&format!("c{number}"), site, &[]) else { panic!("a user") };
        let profile = person.profile.as_mut().unwrap();
        (profile.first_name, profile.last_name) = (format!("F{}", number % 11), last);
        // A few hold nothing, and are found by their home.
        if !number.is_multiple_of(97) {
            person.assignments = vec![assignment(site, role, label)];
        }
        Item::User(person)
    };
    (0..CROWD).map(person).collect()
}

/// What a list must be, of users read one by one.
fn expected(all: &[v1::User], fits: &dyn Fn(&v1::User) -> bool, order: &str) -> Vec<String> {
    let text = |text: &str| text.to_lowercase();
    let name = |user: &v1::User| {
        let profile = user.profile.clone().unwrap();
        (text(&profile.last_name), text(&profile.first_name), user.name.clone())
    };
    let time = |time: &Option<prost_types::Timestamp>| time.map(|at| (at.seconds, at.nanos));
    let mut users: Vec<&v1::User> = all.iter().filter(|user| fits(user)).collect();
    match order.trim_end_matches(" desc") {
        "last_name" => users.sort_by_key(|user| name(user)),
        "username" => users.sort_by_key(|user| text(&user.username)),
        "update_time" => users.sort_by_key(|user| (time(&user.update_time), user.name.clone())),
        "create_time" => users.sort_by_key(|user| (time(&user.create_time), user.name.clone())),
        _ => panic!("no order: {order}"),
    }
    if order.ends_with(" desc") {
        users.reverse();
    }
    users.into_iter().map(|user| user.name.clone()).collect()
}

/// In every order, from either end, under each filter, alone and together: exactly who fits, each once.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_whole_and_in_order_however_they_are_found() {
    let (_served, channel) = settled().await;
    for part in crowd().chunks(200) {
        load(&channel, part.to_vec()).await.unwrap();
    }
    let all = pages(&channel, v1::ListUsersRequest { show_disabled: true, ..list("") }, 1_000).await;
    assert_eq!(all.len(), CROWD + 5);
    let middle = expected(&all, &|_| true, "create_time")[CROWD / 2].clone();
    let middle = all.iter().find(|user| user.name == middle).unwrap().create_time.unwrap();
    let later = move |user: &v1::User| {
        let at = user.create_time.unwrap();
        (at.seconds, at.nanos) >= (middle.seconds, middle.nanos)
    };
    let holds = |user: &v1::User, test: &dyn Fn(&v1::Assignment) -> bool| user.assignments.iter().any(test);
    let label = |a: &v1::Assignment| a.options.clone().unwrap().user_type;
    let last = |user: &v1::User| user.profile.clone().unwrap().last_name;
    type Filter<'a> = (&'a str, v1::ListUsersRequest, Box<dyn Fn(&v1::User) -> bool + 'a>);
    let filters: Vec<Filter<'_>> = vec![
        ("nobody is left out", list(""), Box::new(|_| true)),
        (
            "a common prefix",
            v1::ListUsersRequest { last_name_prefix: "ABLE".to_owned(), ..list("") },
            Box::new(|user| last(user).starts_with("Able")),
        ),
        (
            "a rare prefix",
            v1::ListUsersRequest { last_name_prefix: "Able39".to_owned(), ..list("") },
            Box::new(|user| last(user).starts_with("Able39")),
        ),
        (
            "a username",
            v1::ListUsersRequest { username: "C17@example.org".to_owned(), ..list("") },
            Box::new(|user| user.name == "users/c17"),
        ),
        (
            "a common role",
            v1::ListUsersRequest { role: "staff".to_owned(), ..list("") },
            Box::new(|user| holds(user, &|a| a.role == "staff")),
        ),
        (
            "a rare role",
            v1::ListUsersRequest { role: "site-manager".to_owned(), ..list("") },
            Box::new(|user| holds(user, &|a| a.role == "site-manager")),
        ),
        (
            "a user type at a unit",
            v1::ListUsersRequest {
                user_type: "Intern".to_owned(),
                unit: "units/south".to_owned(),
                ..list("")
            },
            Box::new(|user| holds(user, &|a| label(a) == "Intern" && a.unit == "units/south")),
        ),
        (
            "created later, with a role",
            v1::ListUsersRequest { created_from: Some(middle), role: "intake".to_owned(), ..list("") },
            Box::new(|user| later(user) && holds(user, &|a| a.role == "intake")),
        ),
        (
            "created earlier",
            v1::ListUsersRequest { created_before: Some(middle), ..list("") },
            Box::new(|user| !later(user)),
        ),
        (
            "whom one of them sees",
            list("sid"),
            // Who holds nothing is seen by the home, and so is who holds something there.
            Box::new(|user| user.home_unit == "units/south" || holds(user, &|a| a.unit == "units/south")),
        ),
    ];
    for (what, request, fits) in &filters {
        for order in ["last_name", "username", "update_time", "create_time"] {
            for order in [order.to_owned(), format!("{order} desc")] {
                let wanted = expected(&all, fits, &order);
                assert!(!wanted.is_empty(), "{what} leaves nobody");
                let request = v1::ListUsersRequest { order_by: order.clone(), ..request.clone() };
                let found = pages(&channel, request, if wanted.len() > 50 { 333 } else { 7 }).await;
                let found: Vec<String> = found.into_iter().map(|user| user.name).collect();
                assert_eq!(found, wanted, "{what}, by {order}");
            }
        }
    }
}

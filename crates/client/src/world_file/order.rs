//! The order of a world: nothing names what comes after it, and, in a whole file, nothing names what is not there.
//!
//! Units come first, parents before what is below them; then users, who must be there before a team takes
//! customers; then placements; then users who have a customer's record as their own, and who is the same person as
//! one of them; then caseloads and grants. What is archived or suspended from the start becomes so at the end,
//! because everything else needs it open.

use std::collections::{HashMap, HashSet, VecDeque};

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item as Kind;
use sha2::{Digest as _, Sha256};

use super::fault::{At, Faults, Lines};
use super::people::Person;
use super::places::{Place, Stay};
use super::read::{Named, Whole};
use super::{Archived, Item, Suspended, World};

/// A world in order, whose places are still bytes.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    items: Vec<(usize, Kind)>,
    archived: Vec<(usize, String)>,
    suspended: Vec<(usize, String, Vec<v1::UserChange>)>,
}

/// Puts everything in order, and says what is named and missing and what goes round in a circle.
pub(super) fn order(
    units: Vec<Place>,
    people: Vec<Person>,
    stays: Vec<Stay>,
    whole: Whole,
    faults: &Faults,
) -> Ordered {
    if whole == Whole::Yes {
        references(&units, &people, &stays, faults);
    }
    let mut ordered = Ordered::default();
    for place in sorted(units, faults, "lies below itself", |p| (&p.id, &p.at, &p.parents)) {
        if place.archived {
            ordered.archived.push((place.at.offset, place.load.unit.clone()));
        }
        ordered.items.push((place.at.offset, Kind::Unit(place.load)));
    }
    let circle = "comes, by `same_person` or `line_manager`, before itself";
    let people = sorted(people, faults, circle, |p| (&p.id, &p.at, &p.before));
    place_people(&mut ordered, people, stays);
    ordered
}

fn place_people(ordered: &mut Ordered, people: Vec<Person>, stays: Vec<Stay>) {
    let (mut late_ids, mut late, mut last) = (HashSet::new(), Vec::new(), Vec::new());
    for person in people {
        let offset = person.at.offset;
        let user = person.load.user.clone();
        for case in person.cases {
            let entry = v1::CaseloadEntry {
                unit: format!("units/{}", case.unit.id),
                customer: format!("customers/{}", case.customer.id),
            };
            let load = v1::LoadCaseloadEntry { user: user.clone(), entry: Some(entry) };
            last.push((case.customer.at.offset, Kind::CaseloadEntry(load)));
        }
        for (at, grant) in person.grants {
            last.push((at.offset, Kind::Grant(v1::LoadGrant { user: user.clone(), grant: Some(grant) })));
        }
        if !person.suspensions.is_empty() {
            ordered.suspended.push((offset, user, person.suspensions));
        }
        let waits =
            person.own_record.is_some() || person.before.iter().any(|other| late_ids.contains(&other.id));
        if waits {
            late_ids.insert(person.id);
            late.push((offset, Kind::User(person.load)));
        } else {
            ordered.items.push((offset, Kind::User(person.load)));
        }
    }
    ordered.items.extend(stays.into_iter().map(|stay| {
        let load = v1::LoadPlacement {
            customer: format!("customers/{}", stay.customer),
            unit: format!("units/{}", stay.unit.id),
            state: stay.state.into(),
        };
        (stay.unit.at.offset, Kind::Placement(load))
    }));
    ordered.items.extend(late);
    ordered.items.extend(last);
}

/// Says every name that nothing in the file has, and every case of a customer who is not enrolled there.
fn references(units: &[Place], people: &[Person], stays: &[Stay], faults: &Faults) {
    let unit_ids: HashSet<&str> = units.iter().map(|place| place.id.as_str()).collect();
    let user_ids: HashSet<&str> = people.iter().map(|person| person.id.as_str()).collect();
    let customer_ids: HashSet<&str> = stays.iter().map(|stay| stay.customer.as_str()).collect();
    let enrolled: HashSet<(&str, &str)> = stays
        .iter()
        .filter(|stay| stay.state == v1::PlacementState::Enrolled)
        .map(|stay| (stay.customer.as_str(), stay.unit.id.as_str()))
        .collect();
    let look = |ids: &HashSet<&str>, named: &Named, what: &str| {
        let there = ids.contains(named.id.as_str());
        if !there {
            faults.add(&named.at, format!("the file has no {what} `{}`", named.id));
        }
        there
    };
    let of_units = units.iter().flat_map(|place| &place.parents);
    let of_people = people.iter().flat_map(|person| &person.units);
    for unit in of_units.chain(of_people).chain(stays.iter().map(|stay| &stay.unit)) {
        look(&unit_ids, unit, "unit");
    }
    for person in people {
        for other in &person.before {
            look(&user_ids, other, "user");
        }
        if let Some(own) = &person.own_record {
            look(&customer_ids, own, "customer");
        }
        for case in &person.cases {
            let unit = look(&unit_ids, &case.unit, "unit");
            let both = look(&customer_ids, &case.customer, "customer") && unit;
            if both && !enrolled.contains(&(case.customer.id.as_str(), case.unit.id.as_str())) {
                let problem = format!("`{}` is not enrolled in `{}`", case.customer.id, case.unit.id);
                faults.add(&case.customer.at, problem);
            }
        }
    }
}

/// Sorts so that what others name comes before them, and otherwise as the file has it. What goes round in a circle
/// is a fault.
fn sorted<T>(
    all: Vec<T>,
    faults: &Faults,
    circle: &str,
    read: impl for<'a> Fn(&'a T) -> (&'a String, &'a At, &'a Vec<Named>),
) -> Vec<T> {
    let index: HashMap<&String, usize> = all.iter().enumerate().map(|(i, t)| (read(t).0, i)).collect();
    let before: Vec<Vec<usize>> = all
        .iter()
        .map(|t| read(t).2.iter().filter_map(|named| index.get(&named.id).copied()).collect())
        .collect();
    let rank = depths(&before);
    for (item, rank) in all.iter().zip(&rank) {
        if rank.is_none() {
            faults.add(read(item).1, circle);
        }
    }
    // By depth, and within one depth as the file has it: the sort is stable.
    let mut ranked: Vec<(Option<usize>, T)> = rank.into_iter().zip(all).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, item)| item).collect()
}

/// How many steps each stands after those that have nothing before them; none for what is part of a circle or only
/// behind one.
fn depths(before: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut after = vec![Vec::new(); before.len()];
    for (item, names) in before.iter().enumerate() {
        for name in names {
            if let Some(list) = after.get_mut(*name) {
                list.push(item);
            }
        }
    }
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut depth = vec![None; before.len()];
    let mut ready: VecDeque<(usize, usize)> =
        waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(item, _)| (item, 0)).collect();
    while let Some((item, at)) = ready.pop_front() {
        if let Some(depth) = depth.get_mut(item) {
            *depth = Some(at);
        }
        for next in after.get(item).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(*next) {
                *left -= 1;
                if *left == 0 {
                    ready.push_back((*next, at + 1));
                }
            }
        }
    }
    depth
}

impl Ordered {
    /// The world, with lines for bytes.
    pub(super) fn into_world(self, title: String, scheme: String, text: &str) -> World {
        let lines = Lines::of(text);
        let item =
            |(offset, item)| Item { line: lines.line(offset), item: v1::LoadItem { item: Some(item) } };
        let archived = |(offset, unit)| Archived { line: lines.line(offset), unit };
        let suspended = |(offset, user, changes)| Suspended { line: lines.line(offset), user, changes };
        let digest = Sha256::digest(text.as_bytes());
        World {
            title,
            scheme,
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            items: self.items.into_iter().map(item).collect(),
            archived: self.archived.into_iter().map(archived).collect(),
            suspended: self.suspended.into_iter().map(suspended).collect(),
        }
    }
}

//! New people a second: deciding a part of a list alone, and writing it into a database in a file.
//!
//! Each part has a thousand people whom nobody knows, with an assignment each, as `bailiwick import` sends them. Every
//! part is one transaction, on the disk when it is counted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant as Clock;

use bailiwick_bench::world::Fault;
use bailiwick_identity::{Field, Instant, RealmId, UnitId, UserId};
use bailiwick_policy::scheme::{Scheme, shipped};
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Facts, ImportRow, ImportUsers, ListedPerson, Lost, Namesakes,
    NewUnit, NewUser, OptionsSpec, Patch, Seat, Spares, State, decide,
};
use bailiwick_store::{Location, Store, StoreOptions};

use crate::report::Figure;

/// People of one part.
const PART: u32 = 1_000;

/// What was measured.
pub(crate) struct Import {
    /// People imported.
    pub(crate) people: u32,
    /// People a second, part by part: deciding alone.
    pub(crate) decided: Figure,
    /// People a second, part by part: into a database in a file.
    pub(crate) stored: Figure,
    /// People a second over all parts.
    pub(crate) overall: f64,
    /// Microseconds of processor time for each person who was stored, on all threads; none where the system does not say.
    pub(crate) processor: Option<f64>,
}

pub(crate) fn measure(people: u32) -> Result<Import, Box<dyn std::error::Error>> {
    let parts: Vec<Command> =
        (0..people.div_ceil(PART)).map(|part| list(part * PART)).collect::<Result<_, _>>()?;
    let decided = decided(&parts)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let before = processor_nanos();
    let (stored, seconds) = runtime.block_on(stored(&parts))?;
    let spent = processor_nanos().zip(before).map(|(after, before)| after - before);
    let people = u32::try_from(parts.len()).unwrap_or(u32::MAX).saturating_mul(PART);
    Ok(Import {
        people,
        decided: Figure::of(decided),
        stored: Figure::of(stored),
        overall: f64::from(people) / seconds,
        processor: spent.map(|nanos| nanos / 1e3 / f64::from(people)),
    })
}

/// Nanoseconds of processor time that the process has had, of threads that ended too; none where the system does not say.
fn processor_nanos() -> Option<f64> {
    /// How the system counts it: hundredths of a second.
    const TICK: f64 = 1e7;
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may hold anything: state and ten numbers more, then user and system time.
    let mut spent = text.rsplit(')').next()?.split_whitespace().skip(11).map(str::parse::<f64>);
    Some((spent.next()?.ok()? + spent.next()?.ok()?) * TICK)
}

/// Deciding each part on what those before it left.
fn decided(parts: &[Command]) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
    let now = Instant::from_micros(2_000_000).ok_or("no instant")?;
    let mut state = State::unborn(RealmId::parse("bench").map_err(|f| f.to_string())?, scheme()?);
    for command in &founding()? {
        take(&mut state, command, now)?;
    }
    let mut figures = Vec::with_capacity(parts.len());
    for part in parts {
        let began = Clock::now();
        take(&mut state, part, now)?;
        figures.push(f64::from(PART) / began.elapsed().as_secs_f64());
    }
    Ok(figures)
}

fn take(state: &mut State, command: &Command, now: Instant) -> Result<(), Box<dyn std::error::Error>> {
    let decided = decide(state, &Facts::default(), command, now)?;
    for event in &decided.events {
        state.apply(event);
    }
    state.revision = state.revision.next();
    Ok(())
}

async fn stored(parts: &[Command]) -> Result<(Vec<f64>, f64), Box<dyn std::error::Error>> {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 4 }).await;
    let store = store.map_err(|fault| fault.to_string())?;
    let realm = RealmId::parse("bench").map_err(|fault| fault.to_string())?;
    for command in founding()? {
        store.submit(realm.clone(), command, None).await?;
    }
    let (mut figures, whole) = (Vec::with_capacity(parts.len()), Clock::now());
    for part in parts {
        let began = Clock::now();
        let committed = store.submit(realm.clone(), part.clone(), None).await?;
        if committed.events.len() != 2 * PART as usize {
            return Err(format!("{} events of a part", committed.events.len()).into());
        }
        figures.push(f64::from(PART) / began.elapsed().as_secs_f64());
    }
    let seconds = whole.elapsed().as_secs_f64();
    store.close().await;
    Ok((figures, seconds))
}

fn scheme() -> Result<Arc<Scheme>, Box<dyn std::error::Error>> {
    let (_, toml) = shipped().iter().find(|(name, _)| *name == "dei-teams").ok_or("no scheme")?;
    Ok(Arc::new(Scheme::parse(toml).map_err(|faults| format!("{faults:?}"))?))
}

fn operator(body: Body) -> Command {
    Command {
        actor: Actor::Operator,
        caller: "bench".to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

/// The realm, a state and its region.
fn founding() -> Result<Vec<Command>, Box<dyn std::error::Error>> {
    let unit = |id: &str, kind: &str, parents: Vec<UnitId>| -> Result<Command, Fault> {
        let (kind, name) = (kind.to_owned(), id.to_owned());
        Ok(operator(Body::CreateUnit(NewUnit {
            id: unit(id)?,
            kind,
            name,
            description: String::new(),
            parents,
        })))
    };
    Ok(vec![
        operator(Body::CreateRealm { title: "Bench".to_owned(), scheme: scheme()? }),
        unit("il", "state", Vec::new())?,
        unit("cook", "region", vec![self::unit("il")?])?,
    ])
}

fn unit(id: &str) -> Result<UnitId, Fault> {
    UnitId::parse(id).map_err(|fault| Fault(fault.to_string()))
}

fn list(from: u32) -> Result<Command, Fault> {
    let rows = (from..from + PART).map(row).collect::<Result<_, _>>()?;
    Ok(operator(Body::ImportUsers(ImportUsers {
        rows,
        namesakes: Namesakes::Ask,
        lost: Lost::Ask,
        may_tell: None,
    })))
}

fn row(n: u32) -> Result<ImportRow, Fault> {
    let fields = BTreeMap::from([
        (Field::FirstName, format!("First{n}")),
        (Field::LastName, format!("Last{n}")),
        (Field::Email, format!("p{n}@example.org")),
        (Field::Location, "Oak St".to_owned()),
    ]);
    let new = NewUser { home: unit("cook")?, username: None, fields, external_ids: BTreeMap::new() };
    let options = OptionsSpec { user_type: Patch::Set("Employer".to_owned()), ..OptionsSpec::default() };
    let assignment =
        AssignmentSpec { unit: unit("cook")?, seat: Seat::There, role: "partner".to_owned(), options };
    let user = UserId::parse(&format!("u{n:08}")).map_err(|fault| Fault(fault.to_string()))?;
    let person = ListedPerson { user, new, home: None, assignments: vec![assignment] };
    Ok(ImportRow { line: n + 2, person: Ok(Box::new(person)) })
}

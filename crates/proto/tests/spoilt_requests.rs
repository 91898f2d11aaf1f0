//! Whatever bytes come as a request, reading them answers: a command whose names are well formed, or what is wrong.
//!
//! `BAILIWICK_FUZZ` says how many are tried of each kind.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test may fail the test")]

use bailiwick_identity::UserId;
use bailiwick_proto::parse::{self, PhoneCountry, Violations, Write};
use bailiwick_proto::v1;
use prost::Message;

/// A small generator of numbers: the same seed, the same requests.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

/// Changes, takes away or doubles some bytes.
fn spoil(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        match numbers.below(4) {
            0 => bytes[at] = u8::try_from(numbers.below(256)).unwrap_or(0),
            1 => bytes[at] ^= 1 << numbers.below(8),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
        if bytes.is_empty() {
            return bytes;
        }
    }
    bytes
}

/// Tries one kind of request; tells how many could be decoded and how many were read as commands.
fn try_all<M: Message + Default>(
    sound: &M,
    numbers: &mut Numbers,
    read: impl Fn(M) -> Result<Write, Violations>,
) {
    let rounds: usize =
        std::env::var("BAILIWICK_FUZZ").ok().and_then(|said| said.parse().ok()).unwrap_or(4_000);
    let bytes = sound.encode_to_vec();
    assert!(read(M::decode(&*bytes).unwrap()).is_ok(), "the one to begin with is sound");
    let (mut decoded, mut commands) = (0, 0);
    for _ in 0..rounds {
        let Ok(message) = M::decode(&*spoil(&bytes, numbers)) else { continue };
        decoded += 1;
        match read(message) {
            Ok(_) => commands += 1,
            Err(violations) => {
                assert!(!violations.0.is_empty());
                for violation in &violations.0 {
                    assert!(!violation.description.is_empty(), "{violation:?}");
                    assert!(!violations.to_string().contains('\u{1b}'), "{violation:?}");
                }
            }
        }
    }
    assert!(
        decoded * 10 > rounds && commands > 0 && commands < decoded,
        "{decoded} decoded, {commands} read"
    );
}

fn realm() -> String {
    "realms/eto".to_owned()
}

fn manage() -> v1::ManageUserRequest {
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::Only(v1::OnlyUnits {
            units: vec!["units/p1".to_owned()],
        })),
        ends_at: Some(prost_types::Timestamp { seconds: 1_900_000_000, nanos: 1_000 }),
        caseload_only: true,
        ..Default::default()
    };
    let profile = v1::Profile {
        first_name: "Jo".to_owned(),
        last_name: "McGoo".to_owned(),
        email: "jo@example.org".to_owned(),
        birth_date: "1970-01-31".to_owned(),
        ..Default::default()
    };
    let create =
        v1::CreateUser { home_unit: "units/s1".to_owned(), profile: Some(profile), username: String::new() };
    let assign = v1::Assign {
        unit: "units/s1".to_owned(),
        role: "staff".to_owned(),
        options: Some(options),
        ..Default::default()
    };
    let grant = v1::GrantSystem { system: "systems/mail".to_owned(), ..Default::default() };
    let changes = [
        v1::user_change::Change::Create(create),
        v1::user_change::Change::Assign(assign),
        v1::user_change::Change::GrantSystem(grant),
    ];
    v1::ManageUserRequest {
        realm: realm(),
        actor: "users/u-9".to_owned(),
        user: "users/u-17".to_owned(),
        changes: changes.into_iter().map(|change| v1::UserChange { change: Some(change) }).collect(),
        request_id: "r-1".to_owned(),
        reason: "because".to_owned(),
        ..Default::default()
    }
}

#[test]
fn spoilt_requests_are_answered() {
    let mut numbers = Numbers(0x5eed);
    let fresh = UserId::parse("u-1").unwrap();
    try_all(&manage(), &mut numbers, |request| {
        parse::manage_user(request, fresh.clone(), PhoneCountry::default(), Vec::new())
    });
    let moved = v1::MoveUnitRequest {
        realm: realm(),
        unit: "units/p1".to_owned(),
        parents: vec!["units/s1".to_owned(), "units/s2".to_owned()],
        ..Default::default()
    };
    try_all(&moved, &mut numbers, parse::move_unit);
    let named = v1::UpdateUnitRequest {
        realm: realm(),
        unit: "units/p1".to_owned(),
        display_name: "One".to_owned(),
        fields: vec!["display_name".to_owned()],
        etag: "f0123456789abcdef".to_owned(),
        ..Default::default()
    };
    try_all(&named, &mut numbers, parse::update_unit);
    let entry = |customer: &str| v1::CaseloadEntry {
        unit: "units/p1".to_owned(),
        customer: format!("customers/{customer}"),
    };
    let caseload = v1::UpdateCaseloadRequest {
        realm: realm(),
        user: "users/u-17".to_owned(),
        add: vec![entry("c1"), entry("c2")],
        remove: vec![entry("c3")],
        ..Default::default()
    };
    try_all(&caseload, &mut numbers, parse::update_caseload);
    let unit = v1::LoadUnit {
        unit: "units/n9".to_owned(),
        kind: "program".to_owned(),
        parents: vec!["units/s1".to_owned()],
        ..Default::default()
    };
    let items = vec![v1::LoadItem { item: Some(v1::load_item::Item::Unit(unit)) }; 3];
    let load = v1::LoadWorldRequest { realm: realm(), items, ..Default::default() };
    try_all(&load, &mut numbers, |request| parse::load_world(request, PhoneCountry::default()));
}

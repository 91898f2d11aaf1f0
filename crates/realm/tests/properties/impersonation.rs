//! Nobody signs in as somebody who stands above all of them: in random histories a set of users does everything that
//! credentials allow (sees secrets, changes addresses to its own mailbox, has secrets mailed there, redeems them, acts as
//! whoever it can sign in as), while honest people raise others, give addresses, and choose passwords, and the operator
//! turns the ranks about. Whoever the set can sign in as stands no higher than the most senior *lowest* rank in it; and
//! whose secret one of the set has seen holds nothing where the set has no reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_identity::{Credentials, Field, PasswordHash, SealedSecret, SecretDigest, SecretKind, UserId};
use bailiwick_policy::highest;
use bailiwick_policy::scheme::{Rank, Scheme};
use bailiwick_realm::{
    Actor, Body, Command, Decided, Event, Facts, FieldChange, Issue, IssueSecret, Notice, Person, Proof,
    RedeemSecret, Refusal, Spares, UserChange, decide, has_outgrown, lookups,
};

use crate::realm::{Realm, all, assign, command, manage, only, switched, user_id};

const ETO: &str = include_str!("../../../../schemes/eto.toml");
const MEMBERS: [&str; 2] = ["dan", "hand"];
const OTHERS: [&str; 5] = ["ann", "una", "uri", "uma", "boss"];
/// The most senior lowest rank in the set; its members lose nothing and gain nothing by the rules.
const CEILING: &str = "department-head";
const OWN_MAILBOX: &str = "mine@example.org";
const HISTORIES: u64 = 400;
const STEPS: u32 = 60;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % end
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A realm, what tables know of its people, and what the set knows.
struct History {
    realm: Realm,
    people: BTreeMap<UserId, Person>,
    credentials: BTreeMap<UserId, Credentials>,
    random: Random,
    /// Secrets and passwords are numbers, each drawn once.
    drawn: u8,
    known: BTreeSet<u8>,
    /// Secrets on their way to their owners.
    mailed: BTreeMap<UserId, u8>,
    swapped: bool,
    seen: Seen,
}

/// What happened often enough for the property to mean something.
#[derive(Default, Debug)]
struct Seen {
    impersonated: usize,
    lost: usize,
    by_mail: usize,
    acted_as_another: usize,
}

fn hash(number: u8) -> PasswordHash {
    PasswordHash(number.to_string())
}

fn digest(number: u8) -> SecretDigest {
    SecretDigest([number; 32])
}

impl History {
    fn new(seed: u64) -> Self {
        let mut realm = Realm::new("eto", ETO);
        realm.unit("ent", "enterprise", &[]);
        for site in ["a", "b"] {
            realm.unit(&format!("site-{site}"), "site", &["ent"]);
            realm.unit(&format!("prog-{site}"), "program", &[&format!("site-{site}")]);
        }
        realm.user("boss", "ent", vec![assign("ent", "enterprise-manager", all())]);
        realm.user("ann", "site-a", vec![assign("site-a", "site-manager", all())]);
        realm.user("dan", "site-a", vec![assign("site-a", CEILING, switched(all()))]);
        for staff in ["hand", "una", "uri", "uma"] {
            realm.user(staff, "site-a", vec![assign("site-a", "staff", only(&["prog-a"]))]);
        }
        let mut history = Self {
            people: BTreeMap::new(),
            credentials: BTreeMap::new(),
            random: Random(seed),
            drawn: 0,
            known: BTreeSet::new(),
            mailed: BTreeMap::new(),
            swapped: false,
            seen: Seen::default(),
            realm,
        };
        for id in MEMBERS.iter().chain(&OTHERS) {
            let fields = &mut history.people.entry(user_id(id)).or_default().profile.fields;
            let address = format!("{id}@example.org");
            fields.extend(
                [(Field::FirstName, "Jo"), (Field::LastName, id)]
                    .map(|(field, name)| (field, name.to_owned())),
            );
            fields.insert(Field::Email, address);
        }
        history
    }

    fn somebody(&mut self) -> UserId {
        user_id(OTHERS[self.random.below(OTHERS.len())])
    }

    fn draw(&mut self) -> u8 {
        self.drawn = self.drawn.checked_add(1).unwrap();
        self.drawn
    }

    /// Gives a command, with exactly what it says it must know.
    fn give(&mut self, actor: Actor, body: Body) -> Result<(), Refusal> {
        let number = self.draw();
        let spare = SealedSecret { digest: digest(number), sealed: number.to_string() };
        let spares = body.may_activate().map(|user| (user.clone(), spare.clone())).collect();
        let command = Command { spares: Spares::new(spares), ..command(actor, body) };
        let wanted = lookups(&command, Some(&self.realm.state.world));
        let mut facts = Facts::default();
        facts.people.extend(wanted.people.iter().filter_map(|id| self.people.get_key_value(id)).map(owned));
        let kept = wanted.credentials.iter().filter_map(|id| self.credentials.get_key_value(id));
        facts.credentials.extend(kept.map(owned));
        let decided = decide(&self.realm.state, &facts, &command, self.realm.now)?;
        self.keep(decided);
        Ok(())
    }

    fn keep(&mut self, decided: Decided) {
        for event in &decided.events {
            self.realm.state.apply(event);
            if let Event::Profile { user, profile } = event {
                self.people.entry(user.clone()).or_default().profile = profile.clone();
            }
            if let Event::Credentials { user, credentials } = event {
                self.credentials.insert(user.clone(), credentials.clone());
            }
        }
        self.realm.state.revision = self.realm.state.revision.next();
        for message in decided.messages {
            let Notice::Secret { sealed, .. } = &message.notice else { panic!("no secret") };
            let number = sealed.parse().unwrap();
            if self.people[&message.user].profile.get(Field::Email) == Some(OWN_MAILBOX) {
                self.known.insert(number);
                self.seen.by_mail += 1;
            } else {
                self.mailed.insert(message.user, number);
            }
        }
    }

    /// Whether the set knows a password of somebody's that is good.
    fn can_sign_in(&self, user: &UserId) -> bool {
        let Some(kept) = self.credentials.get(user) else { return false };
        let hash = kept.password_at(self.realm.now);
        hash.is_some_and(|hash| self.known.contains(&hash.0.parse().unwrap()))
            && !has_outgrown(&self.realm.state, user, kept.seen_by.as_ref(), self.realm.now)
    }

    fn impersonated(&self) -> Vec<UserId> {
        OTHERS.iter().map(|id| user_id(id)).filter(|id| self.can_sign_in(id)).collect()
    }

    /// The set does something, as one of its members or as somebody whom it can sign in as.
    fn scheme_of_the_set(&mut self) -> Result<(), Refusal> {
        let mut hands: Vec<UserId> = MEMBERS.iter().map(|id| user_id(id)).collect();
        hands.extend(self.impersonated());
        let hand = self.random.one(&hands).clone();
        self.seen.acted_as_another += usize::from(hands.len() > MEMBERS.len() && !is_member(&hand));
        let user = self.somebody();
        let number = self.draw();
        let actor = Actor::User(hand);
        match self.random.below(9) {
            0 => {
                self.give(actor, issue(&user, Issue::OneTimePassword(hash(number))))?;
                self.known.insert(number);
                Ok(())
            }
            1 => {
                self.give(actor, issue(&user, Issue::Show(SecretKind::Reset, digest(number))))?;
                self.known.insert(number);
                Ok(())
            }
            2 => self.give(actor, mail(&user, number)),
            3 => {
                self.give(actor.clone(), readdress(&user, OWN_MAILBOX))?;
                self.give(actor, mail(&user, number))
            }
            4 => self.give(actor, readdress(&user, &format!("{user}@example.org"))),
            5 => {
                let pending = self.credentials.get(&user).and_then(|kept| kept.kept.secret);
                let proof = self.known.iter().copied().find(|known| Some(digest(*known)) == pending);
                self.redeem(&user, proof.map(|known| Proof::Secret(digest(known))), number)
            }
            // A page for those who have forgotten their password asks as an operator, for whoever types a name.
            7 => self.give(Actor::Operator, mail(&user, number)),
            6 if self.can_sign_in(&user) => {
                let present = self.credentials[&user].kept.password.clone();
                self.redeem(&user, present.map(Proof::Password), number)
            }
            _ => {
                let role = *self.random.one(&["staff", "program-manager", "department-head"]);
                self.give(actor, raise(&user, "site-a", role))
            }
        }
    }

    fn redeem(&mut self, user: &UserId, proof: Option<Proof>, number: u8) -> Result<(), Refusal> {
        let Some(proof) = proof else { return Ok(()) };
        self.give(Actor::User(user.clone()), set_password(user, proof, number))?;
        self.known.insert(number);
        Ok(())
    }

    /// Somebody honest does something.
    fn honest_step(&mut self) -> Result<(), Refusal> {
        let above: Vec<&str> =
            ["boss", "ann"].into_iter().filter(|id| !self.can_sign_in(&user_id(id))).collect();
        let Some(actor) = above.first().map(|_| self.random.below(above.len())) else { return Ok(()) };
        let actor = Actor::User(user_id(above[actor]));
        let user = self.somebody();
        let number = self.draw();
        match self.random.below(7) {
            0 | 1 => {
                let site = *self.random.one(&["site-a", "site-b"]);
                let role = *self.random.one(&["program-manager", "department-head", "site-manager"]);
                self.give(actor, raise(&user, site, role))
            }
            2 => {
                let held = self.realm.state.world.user_ix(user.as_str());
                let held = held.and_then(|ix| self.realm.state.world.user(ix)).unwrap();
                let numbers: Vec<u32> =
                    held.assignments().filter(|a| a.held(self.realm.now)).map(|a| a.number).collect();
                let Some(&number) = numbers.last().filter(|_| numbers.len() > 1) else { return Ok(()) };
                self.give(actor, manage(&user, vec![UserChange::End { number, at: None }]))
            }
            3 => self.give(actor, readdress(&user, &format!("{user}@example.org"))),
            // Whoever has a secret mailed vouches for the address: nobody honest does for the set's mailbox.
            4 if self.people[&user].profile.get(Field::Email) != Some(OWN_MAILBOX) => {
                self.give(actor, mail(&user, number))
            }
            5 => match self.mailed.remove(&user) {
                Some(mailed) => {
                    let proof = Proof::Secret(digest(mailed));
                    self.give(Actor::User(user.clone()), set_password(&user, proof, number))
                }
                None => Ok(()),
            },
            _ => {
                self.swapped = !self.swapped;
                let text =
                    if self.swapped { ETO.replace("\nrank = 50\n", "\nrank = 75\n") } else { ETO.to_owned() };
                let scheme = Scheme::parse_after(&text, &self.realm.state.scheme).unwrap();
                self.give(Actor::Operator, Body::PutScheme(Arc::new(scheme)))
            }
        }
    }

    fn step(&mut self) {
        let before = self.impersonated().len();
        let _refused = if self.random.below(3) == 0 { self.honest_step() } else { self.scheme_of_the_set() };
        let now = self.impersonated();
        self.seen.impersonated += now.len();
        self.seen.lost += usize::from(now.len() < before);
        let ceiling = self.rank(CEILING);
        for user in now {
            let state = &self.realm.state;
            let holder = state.world.user_ix(user.as_str()).and_then(|ix| state.world.user(ix)).unwrap();
            let stands = highest(&state.scheme, holder, self.realm.now);
            assert!(stands <= ceiling, "the set signs in as {user}, who stands at {stands:?}");
            let seer = self.credentials[&user].seen_by.as_ref();
            if seer.is_some_and(|seer| is_member(&seer.user)) {
                let elsewhere = state.world.unit_ix("site-b").unwrap();
                let beyond = holder.assignments().any(|a| a.held(self.realm.now) && a.unit == elsewhere);
                assert!(!beyond, "the set signs in as {user}, who holds something beyond its reach");
            }
        }
    }

    fn rank(&self, role: &str) -> Option<Rank> {
        let scheme = &self.realm.state.scheme;
        scheme.rank(scheme.role_named(role).unwrap())
    }
}

fn owned<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

fn is_member(user: &UserId) -> bool {
    MEMBERS.contains(&user.as_str())
}

fn issue(user: &UserId, issue: Issue) -> Body {
    Body::IssueSecret(IssueSecret { user: user.clone(), etag: None, issue })
}

fn mail(user: &UserId, number: u8) -> Body {
    let secret = SealedSecret { digest: digest(number), sealed: number.to_string() };
    issue(user, Issue::Mail(SecretKind::Reset, secret))
}

fn readdress(user: &UserId, address: &str) -> Body {
    let address = FieldChange::Field(Field::Email, Some(address.to_owned()));
    manage(user, vec![UserChange::UpdateProfile(vec![address])])
}

fn raise(user: &UserId, unit: &str, role: &str) -> Body {
    manage(user, vec![UserChange::Assign(assign(unit, role, all()))])
}

fn set_password(user: &UserId, proof: Proof, number: u8) -> Body {
    Body::RedeemSecret(RedeemSecret { user: user.clone(), proof, password: hash(number) })
}

#[test]
fn nobody_signs_in_as_who_stands_above_them() {
    let mut seen = Seen::default();
    for seed in 0..HISTORIES {
        let mut history = History::new(seed);
        for _ in 0..STEPS {
            history.step();
        }
        seen.impersonated += history.seen.impersonated;
        seen.lost += history.seen.lost;
        seen.by_mail += history.seen.by_mail;
        seen.acted_as_another += history.seen.acted_as_another;
    }
    println!("{seen:?}");
    let least = [seen.impersonated, seen.lost, seen.by_mail, seen.acted_as_another].into_iter().min();
    assert!(least > Some(100), "too little happened for this to mean anything: {seen:?}");
}

//! Requests: changes that wait for their approvers.
//!
//! A request holds the same changes as a command of a manager. Whoever completes it is its author; what it asks for is its
//! [`Content`], which nobody edits once it is submitted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bailiwick_identity::{Instant, RequestId, UnitId, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;

use crate::command::ManageUser;
use crate::state::Revision;

/// Changes that wait for their approvers, and what has become of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id, for ever.
    pub id: RequestId,
    /// Who completed it. Unset: the person it is about, who was no user yet and asked through a calling program.
    pub author: Option<UserId>,
    /// The request of which this is a copy.
    pub copy_of: Option<RequestId>,
    /// What is asked for.
    pub content: Content,
    /// Whom its author found, by what they know of them, without seeing them.
    pub found: BTreeSet<UserId>,
    /// How far it has come.
    pub stage: Stage,
    /// Who has approved it.
    pub approvals: Vec<Approval>,
    /// The desks that have carried out their part, and who said so.
    pub carried_out: BTreeMap<String, Option<UserId>>,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// What has happened to it, oldest first.
    pub steps: Vec<Step>,
}

/// For what a request waits, as of the last that happened to it: who asks which requests wait for them asks by this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitsFor {
    /// Units whose approvers have not approved it.
    pub units: BTreeSet<UnitId>,
    /// Systems whose approvers have not, by name.
    pub systems: BTreeSet<String>,
    /// Desks that have not carried out their part, by name.
    pub desks: BTreeSet<String>,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// What sort of request it is.
    pub kind: RequestKind,
    /// Changes of one person or of several, each named once.
    pub people: Vec<ManageUser>,
    /// When it is to take effect; unset: as soon as it may.
    pub wanted_at: Option<Instant>,
    /// How long what is added by it lasts from then on, where nothing else is said.
    pub lasts: Option<Duration>,
    /// What was filled in, by the scheme's names. Personal.
    pub fields: BTreeMap<String, String>,
    /// What the author has confirmed, by the scheme's names.
    pub confirmed: BTreeSet<String>,
    /// Why. Personal.
    pub note: Option<String>,
    /// Drawn anew whenever it is written. It goes with the content, so that from a digest that stays nobody finds out, by
    /// trying, what was asked for.
    pub nonce: [u8; 16],
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its author works on it.
    Draft,
    /// It waits for its approvers, until an instant.
    Submitted {
        /// From then on it has expired.
        expires_at: Instant,
    },
    /// It waits for its instant, or for who carries it out.
    Approved {
        /// When it is to take effect.
        effect_at: Instant,
        /// From then on it is overdue; unset where nobody carries it out by hand.
        due_at: Option<Instant>,
    },
    /// It was done.
    Fulfilled,
    /// An approver said no.
    Rejected,
    /// Its author took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
    /// The rules, or an approver's standing, no longer allow it.
    Failed(Reason),
}

/// How far a request has come, by name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageName {
    /// [`Stage::Draft`].
    Draft,
    /// [`Stage::Submitted`].
    Submitted,
    /// [`Stage::Approved`].
    Approved,
    /// [`Stage::Fulfilled`].
    Fulfilled,
    /// [`Stage::Rejected`].
    Rejected,
    /// [`Stage::Withdrawn`].
    Withdrawn,
    /// [`Stage::Expired`].
    Expired,
    /// [`Stage::Failed`].
    Failed,
}

/// That somebody has approved a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
    /// The digest of the content that they had before them.
    pub content: [u8; 32],
}

/// Something that happened to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub what: Happened,
    /// Who did it. Unset: an operator, a calling program, or time.
    pub by: Option<UserId>,
    /// When.
    pub at: Instant,
    /// By which change.
    pub revision: Revision,
    /// Why. Personal.
    pub why: Option<String>,
}

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It was drafted.
    Drafted,
    /// Its draft was changed.
    Edited,
    /// It was submitted.
    Submitted,
    /// Somebody approved it.
    Approved,
    /// Somebody rejected it.
    Rejected,
    /// Its author took it back.
    Withdrawn,
    /// It expired.
    Expired,
    /// A desk has carried out its part.
    CarriedOut,
    /// It took effect.
    Fulfilled,
    /// It could not take effect.
    Failed,
}

impl Stage {
    /// The instant at which something is due without anybody doing anything; none where nothing is.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        match self {
            Self::Submitted { expires_at } => Some(*expires_at),
            Self::Approved { effect_at, due_at: None } => Some(*effect_at),
            Self::Approved { .. }
            | Self::Draft
            | Self::Fulfilled
            | Self::Rejected
            | Self::Withdrawn
            | Self::Expired
            | Self::Failed(_) => None,
        }
    }

    /// Its name at an instant: what has expired has, though nobody has noted it yet.
    #[must_use]
    pub fn name_at(&self, now: Instant) -> StageName {
        let has_expired = matches!(self, Self::Submitted { expires_at } if *expires_at <= now);
        if has_expired { StageName::Expired } else { self.name() }
    }

    /// Its name, as it was noted last.
    #[must_use]
    pub fn name(&self) -> StageName {
        match self {
            Self::Draft => StageName::Draft,
            Self::Submitted { .. } => StageName::Submitted,
            Self::Approved { .. } => StageName::Approved,
            Self::Fulfilled => StageName::Fulfilled,
            Self::Rejected => StageName::Rejected,
            Self::Withdrawn => StageName::Withdrawn,
            Self::Expired => StageName::Expired,
            Self::Failed(_) => StageName::Failed,
        }
    }

    /// Whether it is a draft, or waits for its approvers and has not expired.
    #[must_use]
    pub fn is_undecided(&self, now: Instant) -> bool {
        match self {
            Self::Draft => true,
            Self::Submitted { expires_at } => *expires_at > now,
            Self::Approved { .. }
            | Self::Fulfilled
            | Self::Rejected
            | Self::Withdrawn
            | Self::Expired
            | Self::Failed(_) => false,
        }
    }

    /// Whether nothing happens to it any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self {
            Self::Draft | Self::Submitted { .. } | Self::Approved { .. } => false,
            Self::Fulfilled | Self::Rejected | Self::Withdrawn | Self::Expired | Self::Failed(_) => true,
        }
    }
}

impl Request {
    /// Whether it asks for nothing, since what was written in it was forgotten.
    pub(crate) fn says_nothing(&self) -> bool {
        self.content.people.iter().all(|person| person.changes.is_empty())
    }

    /// Forgets what was written in it: who was asked for, and what was decided, stays.
    pub(crate) fn forget(&mut self) {
        let Content { kind: _, people, wanted_at, lasts, fields, confirmed, note, nonce } = &mut self.content;
        people.iter_mut().for_each(|person| person.changes.clear());
        (*wanted_at, *lasts, *note) = (None, None, None);
        fields.clear();
        confirmed.clear();
        *nonce = [0; 16];
        self.steps.iter_mut().for_each(|step| step.why = None);
    }
}

impl Content {
    /// Whom it is about.
    pub fn subjects(&self) -> impl Iterator<Item = &UserId> {
        self.people.iter().map(|person| &person.user)
    }
}

/// A request as somebody read it: what is done to it is done to that, or refused.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// Which.
    pub id: RequestId,
    /// What it asked for then.
    pub content: Content,
    /// The digest of that, as it is told to whoever decides.
    pub digest: [u8; 32],
    /// The digest of what they say they had before them; unset: they do not say.
    pub expects: Option<[u8; 32]>,
}

impl ReadRequest {
    /// A request that is not there, or was not when it was read.
    #[must_use]
    pub fn of_nothing(id: RequestId) -> Self {
        let content = Content {
            kind: RequestKind::SetUp,
            people: Vec::new(),
            wanted_at: None,
            lasts: None,
            fields: BTreeMap::new(),
            confirmed: BTreeSet::new(),
            note: None,
            nonce: [0; 16],
        };
        Self { id, content, digest: [0; 32], expects: None }
    }
}

/// What is done to a request.
#[derive(Debug, Clone)]
pub enum RequestCommand {
    /// Drafts one.
    Create {
        /// Its id.
        id: RequestId,
        /// The request of which it is a copy, as it was read.
        copy_of: Option<ReadRequest>,
        /// What it asks for.
        content: Content,
    },
    /// Changes a draft.
    Update {
        /// Which.
        request: ReadRequest,
        /// What it asks for from now on.
        content: Content,
    },
    /// Submits drafts, all or none.
    Submit(Vec<ReadRequest>),
    /// Takes one back.
    Withdraw(ReadRequest),
    /// Decides about one.
    Decide {
        /// Which.
        request: ReadRequest,
        /// How.
        verdict: Verdict,
    },
    /// Says that a desk has carried out what was approved.
    CarryOut(ReadRequest),
    /// Does what is due: lets one expire, or take effect.
    Due(ReadRequest),
}

impl RequestCommand {
    /// The requests that must be known, as they were read.
    pub(crate) fn read(&self) -> &[ReadRequest] {
        match self {
            Self::Create { copy_of, .. } => copy_of.as_slice(),
            Self::Submit(requests) => requests,
            Self::Update { request, .. }
            | Self::Decide { request, .. }
            | Self::Withdraw(request)
            | Self::CarryOut(request)
            | Self::Due(request) => std::slice::from_ref(request),
        }
    }

    /// Whom it changes, if it takes effect by this.
    pub(crate) fn may_change(&self) -> impl Iterator<Item = &UserId> {
        let takes_effect = match self {
            Self::Create { .. } | Self::Update { .. } | Self::Withdraw(_) => false,
            Self::Decide { verdict, .. } => *verdict == Verdict::Approve,
            Self::Submit(_) | Self::CarryOut(_) | Self::Due(_) => true,
        };
        let read = self.read().iter().filter(move |_| takes_effect);
        read.flat_map(|read| read.content.subjects())
    }

    /// How many changes there are to judge.
    #[must_use]
    pub fn changes(&self) -> usize {
        let contents = self.read().iter().map(|read| &read.content).chain(self.drafted());
        contents.flat_map(|content| &content.people).map(|person| person.changes.len()).sum()
    }

    /// What one of them is to ask for from now on.
    pub(crate) fn drafted(&self) -> Option<&Content> {
        match self {
            Self::Create { content, .. } | Self::Update { content, .. } => Some(content),
            Self::Submit(_) | Self::Withdraw(_) | Self::Decide { .. } | Self::CarryOut(_) | Self::Due(_) => {
                None
            }
        }
    }
}

/// A decision about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done, as far as it is mine to say.
    Approve,
    /// It may not; why is the command's reason.
    Reject,
}

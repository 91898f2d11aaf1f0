//! One organisation: its state, and the only way to change it.
//!
//! [`decide`] judges a command on a [`State`] and either refuses it or yields [`Event`]s; [`State::apply`] takes
//! events in and cannot fail. Both are pure: the instant, the facts read from tables and the ids of new entities
//! are arguments. Keeping events is `bailiwick-store`'s.

mod assignable;
mod assignment;
mod change;
mod command;
mod decide;
mod event;
mod facts;
mod fingerprint;
mod import;
mod matching;
mod refusal;
mod request;
mod review;
mod secret;
mod state;
mod stranded;
mod touched;

pub use assignable::{Assignable, Caseload, Switchable, To, Widest, assignable};
pub use command::{
    Actor, AssignmentSpec, Body, CaseloadChange, Command, FieldChange, GrantSpec, Handle, LoadItem,
    ManageUser, NewUnit, NewUser, OptionsSpec, Patch, ScopeSpec, Seat, Spares, UserChange,
};
pub use decide::{
    ApproverReach, Approvers, Decided, MAX_CHANGES, MOST_PEOPLE, MOST_TOGETHER, Parts, Waiting,
    awaits_approval_of, awaits_desk_of, decide, desks_of, line_managers, may_read, reads_own_part,
    visible_items, waiting,
};
pub use event::{Effect, Event, Message, Notes, Notice};
pub use facts::{
    Facts, Lookups, MOST_BORN, MOST_NAMESAKES, Namesake, Person, Tables, UsedNames, canonical, lookups,
};
pub use fingerprint::Fingerprint;
pub use import::{
    ImportRow, ImportUsers, ImportedRow, ListedPerson, Lost, MAX_ROW_ASSIGNMENTS, MAX_ROWS, Namesakes,
    RowFault, RowOutcome, RowSight,
};
pub use matching::{MatchOutcome, Search};
pub use refusal::{Refusal, Refused};
pub use request::{
    Approval, Content, Happened, ReadRequest, Request, RequestCommand, Stage, StageName, Step, Verdict,
    WaitsFor,
};
pub use review::{
    ItemVerdict, LeftOut, Looked, MOST_REVIEWED, Review, ReviewCommand, ReviewItem, ReviewOutcome,
    ReviewOver, Reviewed, Reviewer, Unconfirmed,
};
pub use secret::{Issue, IssueSecret, Proof, RedeemSecret, has_outgrown};
pub use state::{ChainHash, RealmStatus, Revision, State};
pub use stranded::{Stranded, stranded};
pub use touched::touched;

//! Who a person is: opaque ids, instants and profiles.
//!
//! Nothing here knows units, roles or rules; those start in `bailiwick-membership`. Pure: no I/O, no clock,
//! no randomness.

pub mod compare;
mod credentials;
pub mod delay;
mod id;
mod instant;
pub mod matching;
mod national;
pub mod password;
mod profile;
mod username;
mod value;

pub use credentials::{
    Credentials, Delivery, KeptSecrets, PasswordHash, PasswordStanding, PendingSecret, SealedSecret,
    SecretDigest, SecretKind, Seer,
};
pub use id::{CustomerId, IdFault, RealmId, RequestId, ReviewId, UnitId, UserId, examine_id};
pub use instant::Instant;
pub use national::{holds_national_identifier, is_national_identifier, tells_national_identifier};
pub use profile::{Field, Profile, names_form};
pub use username::{UsernameDigest, UsernameKey, username_family, username_form};
pub use value::{FieldFault, kept, kept_external_id, kept_username};

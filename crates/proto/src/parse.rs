//! From the wire to the domain: the one place where what a caller sent becomes values that cannot be wrong.
//!
//! Every message is taken apart field by field, so that a field that is added and not read breaks the build.
//! What is wrong is told as [`Violations`]: every field at fault, with what would be right. Whether what is named
//! exists, and whether it is allowed, is asked of state and rules later.

mod allowed;
mod assignment;
mod change;
mod customer;
mod form;
mod import;
mod instant;
mod key;
mod list;
mod load;
mod matching;
mod name;
mod path;
mod phone;
mod profile;
mod question;
mod read;
mod realm;
mod request;
mod request_list;
mod review;
mod secret;
#[cfg(test)]
mod tests;
mod unit;
mod write;

pub use allowed::{allowed_capabilities, allowed_resources, allowed_users};
pub use change::{erase_user, etag_of, manage_user};
pub use customer::{dismiss_customer, place_customer, remove_placement, update_caseload};
pub use form::{Violation, Violations};
pub use import::import_users;
pub use instant::instant;
pub use key::{NewKey, create_key, key};
pub use list::{ListEnd, ListOrder, ShownAt, UserFilter, user_filter};
pub use load::load_world;
pub use matching::match_users;
pub use name::{Collection, NameFault, named};
pub use path::Paths;
pub use phone::PhoneCountry;
pub use question::{MAX_QUESTIONS, batch_question, check_access, explain_access, subject_id};
pub use read::{
    AssignableFilter, MAX_PAGE, Page, PlacementFilter, UnitFilter, UserName, actor, assignable_filter,
    optional_unit, page, placement_filter, unit, unit_filter, user, user_name,
};
pub use realm::{create_realm, freeze_realm, put_scheme};
pub use request::{
    RequestWrite, create_request, decide_request, fulfil_request, request_ids, submit_requests,
    update_request, withdraw_request,
};
pub use request_list::{RequestFilter, request_filter};
pub use review::{close_review, decide_review, open_review, review_id};
pub use secret::{
    LoginAttempt, RedeemProof, Redeeming, Wanted, acknowledged, issue_secret, password_of, redeem_secret,
    verify_password, wanted_secret,
};
pub use unit::{archive_unit, create_unit, move_unit, restore_unit, update_unit};
pub use write::{MAX_CHANGES, Mode, Write, fingerprint_etag};

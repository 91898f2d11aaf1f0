//! The commands, one file each: what can be typed, what is asked, how the answer is shown.

pub(crate) mod allowed;
pub(crate) mod caseload;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod customer;
pub(crate) mod explain;
pub(crate) mod gateway;
pub(crate) mod healthcheck;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod load;
pub(crate) mod manage;
pub(crate) mod notify;
pub(crate) mod realm;
pub(crate) mod request;
pub(crate) mod review;
pub(crate) mod scheme;
pub(crate) mod serve;
pub(crate) mod unit;
pub(crate) mod user;

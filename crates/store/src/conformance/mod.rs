//! What every store must do, whatever its database: one suite, run by each.
//!
//! Each function is a test. It is given a way to open a store, with so many commands that may wait: every call opens
//! the *same* database again, as another process would; each test is given a database of its own.

mod concurrent;
mod credentials;
pub(crate) mod fixture;
mod lists;
mod log;
mod names;
mod past;
mod people;
mod position_races;
mod request_lists;
mod request_races;
mod requests;
mod reviews;

pub(crate) use concurrent::*;
pub(crate) use credentials::*;
pub(crate) use lists::*;
pub(crate) use log::*;
pub(crate) use names::*;
pub(crate) use past::*;
pub(crate) use people::*;
pub(crate) use position_races::*;
pub(crate) use request_lists::*;
pub(crate) use request_races::*;
pub(crate) use requests::*;
pub(crate) use reviews::*;

/// The whole suite as tests: each is given what the expression makes, if it makes anything, and opens it by its `open`.
macro_rules! suite {
    ($database:expr) => {
        $crate::conformance::suite! {
            $database;
            addresses_move_on
            an_erased_person_is_gone
            cancelled_calls_lose_nothing
            changes_say_who_and_why
            closing_drains
            etags_move_on
            failures_slow_down_what_follows
            frozen_realms_stand_still
            groups_are_committed
            ids_are_compared_byte_by_byte
            handles_are_used_up_once
            keys_are_kept
            lists_are_filtered
            messages_wait_until_they_are_delivered
            lists_are_imported
            lists_find_their_people_among_many_namesakes
            lists_share_a_transaction
            names_are_unique
            namesakes_are_found
            nobody_is_kept_waiting
            notes_stay_with_their_owners
            of_every_race_about_a_request_one_wins
            of_many_takers_of_a_position_one_gets_it
            overload_is_answered_at_once
            previews_write_nothing
            questions_are_counted
            questions_are_taken_back
            realms_are_apart
            refusals_take_no_revision
            repeated_requests_are_answered
            requests_are_kept
            restart_is_replay
            revisions_are_dense
            secrets_are_used_up_once
            states_are_known_to_be_new
            the_past_has_ends
            the_past_is_as_it_was
            two_managers_cannot_end_each_other
            two_processes_share_a_database
            usernames_are_given_once
            users_are_listed
            requests_are_listed
            reviews_are_kept
            what_is_due_is_found
            what_is_overdue_is_listed
            what_waits_is_found_where_it_waits
            why_somebody_was_reviewed_goes_with_them
            what_is_known_comes_back
            what_people_are_known_by_is_one_persons
            what_the_rules_dropped_stays_readable
            what_was_asked_for_the_erased_is_gone
            who_never_became_a_user_is_erased
            who_rises_above_a_seer_is_revoked_in_one_group
        }
    };
    ($database:expr; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(database) = $database else { return };
                $crate::conformance::$name(async |queue| database.open(queue).await).await;
            }
        )*
    };
}

pub(crate) use suite;

//! Reviews: what is held somewhere, looked at again.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::{Instant, ReviewId};
use bailiwick_policy::Reason;
use bailiwick_proto::parse::Write;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Event, Review, visible_items};
use bailiwick_store::{ReviewPlace, ReviewsRead, WhichReviews};

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::reader::Reader;
use crate::writing::{Receipt, digest};

/// So many reviews are looked at for a page at most: a page of few, or of none, says where to go on.
const MOST_LOOKED_AT: usize = 100;

pub(super) async fn open(
    backend: &Backend,
    caller: &Caller,
    request: v1::OpenReviewRequest,
) -> Result<v1::OpenReviewResponse, Fault> {
    let digest = digest("OpenReview", &request);
    let write = parse::open_review(request, random::review_id()?)?;
    let (review, Receipt { revision, token, .. }) = done(backend, caller, write, digest).await?;
    Ok(v1::OpenReviewResponse { review, revision, token })
}

pub(super) async fn decide(
    backend: &Backend,
    caller: &Caller,
    request: v1::DecideReviewRequest,
) -> Result<v1::DecideReviewResponse, Fault> {
    let digest = digest("DecideReview", &request);
    let write = parse::decide_review(request)?;
    let (review, Receipt { revision, token, effects, .. }) = done(backend, caller, write, digest).await?;
    Ok(v1::DecideReviewResponse { review, revision, token, effects })
}

pub(super) async fn close(
    backend: &Backend,
    caller: &Caller,
    request: v1::CloseReviewRequest,
) -> Result<v1::CloseReviewResponse, Fault> {
    let digest = digest("CloseReview", &request);
    let write = parse::close_review(request)?;
    let (review, Receipt { revision, token, .. }) = done(backend, caller, write, digest).await?;
    Ok(v1::CloseReviewResponse { review, revision, token })
}

/// Carries a command out, and tells what it left, as far as whoever gave it sees that.
async fn done(
    backend: &Backend,
    caller: &Caller,
    write: Write,
    digest: [u8; 32],
) -> Result<(Option<v1::Review>, Receipt), Fault> {
    let outcome = backend.write(caller, write, digest).await?;
    let left = outcome.events.iter().find_map(|event| match event {
        Event::Review(review) => Some(review),
        Event::Request(_)
        | Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Credentials { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. } => None,
    });
    // Whoever is gone since, or disabled, is told nothing any more.
    let left = left.filter(|_| outcome.reader.is_active());
    Ok((left.and_then(|review| seen(&outcome.reader, review)), outcome.receipt()))
}

/// A review as a reader sees it; nothing where nothing in it concerns them.
fn seen(reader: &Reader, review: &Review) -> Option<v1::Review> {
    let (items, left_out) = match reader.acting() {
        None => (review.items.iter().collect(), review.left_out.iter().collect()),
        Some(actor) => visible_items(&reader.state, review, actor, reader.now)?,
    };
    Some(render::review(review, &items, &left_out))
}

pub(super) async fn get(
    backend: &Backend,
    caller: &Caller,
    request: &v1::GetReviewRequest,
) -> Result<v1::GetReviewResponse, Fault> {
    let id = parse::review_id(&request.review)?;
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, Arc::clone(&state), &request.actor)?;
    let (reader, reviews) = read(backend, caller, &reader, &request.actor, [id]).await?;
    let told = backend.look(&reader, move |reader| reviews.first().and_then(|one| seen(reader, one))).await?;
    let review = told.ok_or_else(|| not_found(Reason::UnknownReview))?;
    Ok(v1::GetReviewResponse { review: Some(review) })
}

async fn read(
    backend: &Backend,
    caller: &Caller,
    reader: &Reader,
    actor: &str,
    ids: impl IntoIterator<Item = ReviewId>,
) -> Result<(Reader, Vec<Review>), Fault> {
    let ids: BTreeSet<ReviewId> = ids.into_iter().collect();
    let read = backend.store.reviews(&reader.state.realm, &ids).await?;
    let ReviewsRead { state, reviews } = read.ok_or(Fault::Unavailable)?;
    Ok((backend.reader(caller, state, actor)?, reviews))
}

pub(super) async fn list(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListReviewsRequest,
) -> Result<v1::ListReviewsResponse, Fault> {
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListReviewsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let paging = backend.paging(caller, "ListReviews", &bare, request.page_size, &request.page_token)?;
    paging.not_older(reader.state.revision.0)?;
    let foreign = || Fault::field("page_token", "is of another version: begin again without a page token");
    let after = paging.after().map(|text| read_mark(text).ok_or_else(foreign)).transpose()?;
    let which = if request.show_closed { WhichReviews::All } else { WhichReviews::Open };
    let limit = paging.size.min(MOST_LOOKED_AT);
    let places = backend.store.review_places(&reader.state.realm, which, after.as_ref(), limit).await?;
    let revision = reader.state.revision.0;
    let ids: Vec<_> = places.iter().map(|place| place.review.clone()).collect();
    let (reader, reviews) = read(backend, caller, &reader, &request.actor, ids.clone()).await?;
    let look = move |reader: &Reader| {
        let find = |id: &ReviewId| reviews.iter().find(|review| review.id == *id);
        let shown = ids.iter().filter_map(find).filter_map(|review| seen(reader, review));
        shown.map(|review| v1::Review { items: Vec::new(), left_out: Vec::new(), ..review }).collect()
    };
    let reviews = backend.look(&reader, look).await?;
    let next_page_token = match places.last().filter(|_| places.len() == limit) {
        Some(last) => backend.next_page(&paging, revision, mark(last).into_bytes())?,
        None => String::new(),
    };
    Ok(v1::ListReviewsResponse { reviews, next_page_token, revision })
}

/// A place as a page token keeps it.
fn mark(place: &ReviewPlace) -> String {
    format!("{} {}", place.opened_at.as_micros(), place.review)
}

fn read_mark(text: &str) -> Option<ReviewPlace> {
    let (at, review) = text.split_once(' ')?;
    let opened_at = Instant::from_micros(at.parse().ok()?)?;
    Some(ReviewPlace { opened_at, review: ReviewId::parse(review).ok()? })
}

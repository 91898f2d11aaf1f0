//! Reviews: what is held somewhere, looked at again.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::ReviewId;
use bailiwick_policy::Reason;
use bailiwick_proto::parse::Write;
use bailiwick_proto::render::Sight;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Event, Review, visible_items};
use bailiwick_store::{ReviewPlace, ReviewsRead, WhichReviews};

use super::mark;
use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::reader::Reader;
use crate::writing::{Receipt, digest};

/// So many reviews are looked at together.
const PORTION: usize = 25;
/// So many portions are looked at for a page at most: a page of few, or of none, says where to go on.
const MOST_PORTIONS: usize = 40;

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
    let mut told = render::review(review, &items, &left_out);
    // Whoever may manage something in it need not see where it was opened, or by whom.
    if reader.acting().is_some_and(|actor| review.opener.as_ref() != Some(actor)) {
        let world = &reader.state.world;
        let unit = review.over.unit.as_ref().and_then(|unit| world.unit_ix(unit.as_str()));
        if !unit.is_some_and(|unit| reader.unit(unit)) {
            told.unit.clear();
        }
        if !review.opener.as_ref().is_some_and(|opener| reader.user(opener)) {
            told.opener.clear();
        }
    }
    Some(told)
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
    let after = mark::read(&paging, ReviewId::parse)?;
    let after = after.map(|(opened_at, review)| ReviewPlace { opened_at, review });
    let which = if request.show_closed { WhichReviews::All } else { WhichReviews::Open };
    let revision = reader.state.revision.0;
    let listing = Listing { backend, caller, actor: &request.actor, which, size: paging.size };
    let (reviews, next) = listing.page(reader, after).await?;
    let next_page_token = match next {
        Some(last) => backend.next_page(&paging, revision, mark::write(last.opened_at, &last.review))?,
        None => String::new(),
    };
    Ok(v1::ListReviewsResponse { reviews, next_page_token, revision })
}

/// A list of reviews, and for whom it is.
struct Listing<'l> {
    backend: &'l Backend,
    caller: &'l Caller,
    actor: &'l str,
    which: WhichReviews,
    size: usize,
}

impl Listing<'_> {
    /// A page, and after which review the next begins. How many there are that are not shown is not told by it: they are looked
    /// through until it is full, or very many were.
    async fn page(
        &self,
        reader: Reader,
        mut after: Option<ReviewPlace>,
    ) -> Result<(Vec<v1::Review>, Option<ReviewPlace>), Fault> {
        let mut shown = Vec::new();
        for _ in 0..MOST_PORTIONS {
            let store = &self.backend.store;
            let places =
                store.review_places(&reader.state.realm, self.which, after.as_ref(), PORTION).await?;
            let ids: Vec<_> = places.iter().map(|place| place.review.clone()).collect();
            let (reader, reviews) = read(self.backend, self.caller, &reader, self.actor, ids.clone()).await?;
            let is_open_only = self.which == WhichReviews::Open;
            let look = move |reader: &Reader| -> Vec<Option<v1::Review>> {
                let find = |id: &ReviewId| reviews.iter().find(|review| review.id == *id);
                // One may have been closed since it was found.
                let fits = |review: &&Review| !is_open_only || review.closed_at.is_none();
                let seen = |id| find(id).filter(fits).and_then(|review| seen(reader, review));
                ids.iter().map(seen).collect()
            };
            let seen = self.backend.look(&reader, look).await?;
            let is_last = places.len() < PORTION;
            for (place, review) in places.into_iter().zip(seen) {
                if let Some(review) = review {
                    if shown.len() == self.size {
                        return Ok((shown, after));
                    }
                    shown.push(v1::Review { items: Vec::new(), left_out: Vec::new(), ..review });
                }
                after = Some(place);
            }
            if is_last {
                return Ok((shown, None));
            }
        }
        Ok((shown, after))
    }
}

//! ListRequests: tables know in which order requests come, and for what each waited when it last changed; whether one is on the
//! list is asked of the rules, as they are now.

mod candidates;

use bailiwick_identity::{Instant, RequestId, UserId};
use bailiwick_proto::parse::{RequestFilter, request_filter};
use bailiwick_proto::v1;
use bailiwick_realm::{Request, Stage, StageName, awaits_approval_of, awaits_desk_of};
use bailiwick_store::{RequestPlace, RequestsRead};
use prost::Message;

use self::candidates::Candidates;
use super::mark;
use super::view::{self, Sees};
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;

/// So many requests are judged for a page at most: a page of few, or of none, says where to go on.
const MOST_JUDGED: usize = 2_000;
/// Rows of a page, where nothing else is asked for: each is judged.
const USUAL_PAGE: i32 = 50;
/// So many are looked at together at least.
const LEAST: usize = 50;
/// So many portions are looked at for a page at most.
const MOST_PORTIONS: usize = 40;
/// So large a page gets, in bytes, and no larger by more than one request.
const PAGE_BYTES: usize = 1024 * 1024;

pub(super) async fn list(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListRequestsRequest,
) -> Result<v1::ListRequestsResponse, Fault> {
    let filter = request_filter(&request)?;
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListRequestsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let size = if request.page_size == 0 { USUAL_PAGE } else { request.page_size };
    let paging = backend.paging(caller, "ListRequests", &bare, size, &request.page_token)?;
    paging.not_older(reader.state.revision.0)?;
    let after = mark::read(&paging, RequestId::parse)?.map(|(at, request)| RequestPlace { at, request });
    let listing = Listing { backend, caller, actor: &request.actor, filter: &filter, size: paging.size };
    let Page { requests, next, revision } = listing.page(reader, after).await?;
    let next_page_token = match next {
        Some(place) => backend.next_page(&paging, revision, mark::write(place.at, &place.request))?,
        None => String::new(),
    };
    Ok(v1::ListRequestsResponse { requests, next_page_token, revision })
}

/// A list, and for whom it is.
struct Listing<'l> {
    backend: &'l Backend,
    caller: &'l Caller,
    actor: &'l str,
    filter: &'l RequestFilter,
    size: usize,
}

/// A page, where the next begins, and what it shows.
struct Page {
    requests: Vec<v1::Request>,
    next: Option<RequestPlace>,
    revision: u64,
}

impl Listing<'_> {
    async fn page(&self, reader: Reader, mut after: Option<RequestPlace>) -> Result<Page, Fault> {
        let candidates = Candidates::of(self.filter, &reader);
        let mut page = Page { requests: Vec::new(), next: None, revision: reader.state.revision.0 };
        let (mut judged, mut bytes) = (0, 0);
        for _ in 0..MOST_PORTIONS {
            // One more than fits: it says whether there is a next page. So many at least that small pages tell no more of what is
            // not on the list than large ones.
            let wanted = self.size.saturating_sub(page.requests.len()).saturating_add(1).max(LEAST);
            let places = candidates.next(self.backend, &reader, after.as_ref(), wanted).await?;
            let (last, is_last) = (places.last().cloned(), places.len() < wanted);
            judged += places.len();
            for (place, request) in self.judged(&reader, &places).await? {
                let Some(request) = request else { continue };
                if page.requests.len() == self.size || bytes > PAGE_BYTES {
                    page.next = after;
                    return Ok(page);
                }
                bytes += request.encoded_len();
                page.requests.push(request);
                after = Some(place);
            }
            if is_last {
                return Ok(page);
            }
            after = last;
            if judged > MOST_JUDGED {
                break;
            }
        }
        page.next = after;
        Ok(page)
    }

    /// Requests at these places, in their order, each with what the reader sees of it, where it is on the list.
    async fn judged(
        &self,
        reader: &Reader,
        places: &[RequestPlace],
    ) -> Result<Vec<(RequestPlace, Option<v1::Request>)>, Fault> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let ids = places.iter().map(|place| place.request.clone()).collect();
        let read = self.backend.store.requests(&reader.state.realm, &ids).await?;
        let RequestsRead { state, requests } = read.ok_or(Fault::Unavailable)?;
        let reader = self.backend.reader(self.caller, state, self.actor)?;
        let (filter, places) = (self.filter.clone(), places.to_vec());
        let look = move |reader: &Reader| -> Vec<_> {
            let judge = |place: RequestPlace| {
                let request = requests.get(&place.request);
                let shown =
                    request.map(|request| view::seen(reader, request, &on_list(&filter, reader, request)));
                Ok((place, shown.transpose()?.flatten()))
            };
            places.into_iter().map(judge).collect()
        };
        self.backend.look(&reader, look).await?.into_iter().collect()
    }
}

/// What the reader sees of a request, where it is on a list.
fn on_list(filter: &RequestFilter, reader: &Reader, request: &Request) -> Sees {
    let now = reader.now;
    let stands = |stages: &[StageName]| stages.is_empty() || stages.contains(&request.stage.name_at(now));
    let at_desk = |actor: &UserId| awaits_desk_of(&reader.state, request, actor, now);
    let is_on_list = match (filter, reader.acting()) {
        (RequestFilter::About(user, stages), _) => {
            let is_about = request.content.subjects().any(|subject| subject == user);
            // Whoever reads may see nothing of it, or their part.
            return if is_about && stands(stages) { view::sees(reader, request) } else { Sees::Nothing };
        }
        (RequestFilter::By(author, stages), Some(actor)) => {
            author == actor && request.author.as_ref() == Some(actor) && stands(stages)
        }
        (RequestFilter::By(..), None) | (RequestFilter::All(_), Some(_)) => false,
        (RequestFilter::All(stages), None) => stands(stages),
        (RequestFilter::ToApprove, None) => stands(&[StageName::Submitted]),
        (RequestFilter::ToApprove, Some(actor)) => awaits_approval_of(&reader.state, request, actor, now),
        (RequestFilter::ToFulfil, None) => due_at(request).is_some(),
        (RequestFilter::ToFulfil, Some(actor)) => at_desk(actor),
        (RequestFilter::Overdue, actor) => {
            due_at(request).is_some_and(|due| due <= now)
                && actor.is_none_or(|actor| request.author.as_ref() == Some(actor) || at_desk(actor))
        }
    };
    if is_on_list { Sees::Whole } else { Sees::Nothing }
}

/// When a request is due that waits for a desk.
fn due_at(request: &Request) -> Option<Instant> {
    let Stage::Approved { due_at, .. } = request.stage else { return None };
    due_at
}

//! ChangeService: the log, for those who must know what happened.

mod outbox;

use bailiwick_proto::parse::Collection;
use bailiwick_proto::v1::change_service_server::ChangeService;
use bailiwick_proto::{render, v1};
use bailiwick_realm::{Revision, State};
use bailiwick_store::ChangeRecord;
use tonic::{Request, Response, Status};

use super::open;
use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::permission::Permission;
use crate::reader::Reader;

/// Reads the log.
pub(crate) struct Changes(pub(crate) Backend);

#[tonic::async_trait]
impl ChangeService for Changes {
    async fn list_changes(
        &self,
        request: Request<v1::ListChangesRequest>,
    ) -> Result<Response<v1::ListChangesResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.list(&caller, &request).await?))
    }

    type WatchOutboxStream = outbox::Messages;

    async fn watch_outbox(
        &self,
        request: Request<v1::WatchOutboxRequest>,
    ) -> Result<Response<Self::WatchOutboxStream>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(outbox::watch(&self.0, caller, request)?))
    }

    async fn acknowledge_outbox(
        &self,
        request: Request<v1::AcknowledgeOutboxRequest>,
    ) -> Result<Response<v1::AcknowledgeOutboxResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(outbox::acknowledge(&self.0, &caller, request).await?))
    }
}

impl Changes {
    async fn list(
        &self,
        caller: &Caller,
        request: &v1::ListChangesRequest,
    ) -> Result<v1::ListChangesResponse, Fault> {
        let v1::ListChangesRequest { realm, from_revision, page_size, page_token } = request;
        let bare = v1::ListChangesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let state = self.0.newest(caller, realm)?;
        let paging = self.0.paging(caller, "ListChanges", &bare, *page_size, page_token)?;
        paging.not_older(state.revision.0)?;
        let after = match paging.after() {
            Some(last) => last.parse().map_err(|_| Fault::Internal("a page token holds no revision"))?,
            None => from_revision.saturating_sub(1),
        };
        let records = self.0.store.changes(&state.realm, Revision(after), paging.size).await?;
        let head = self.0.store.state(state.realm.as_str()).unwrap_or(state);
        let next_page_token = match records.last() {
            Some(last) if last.revision < head.revision => {
                self.0.next_page(&paging, head.revision.0, last.revision.0.to_string().into_bytes())?
            }
            Some(_) | None => String::new(),
        };
        let personal = caller.may(Permission::WatchPersonal, head.realm.as_str());
        let reader = Reader::operator(head.clone(), live(&head));
        let changes = records.into_iter().map(|record| change(record, &head, &reader, personal)).collect();
        Ok(v1::ListChangesResponse { changes, next_page_token, head: head.revision.0 })
    }
}

/// A change, without what is personal in it unless the caller may read that.
pub(super) fn change(record: ChangeRecord, state: &State, reader: &Reader, personal: bool) -> v1::Change {
    let ChangeRecord {
        revision,
        hash,
        recorded_at,
        actor,
        caller,
        command,
        request_id,
        reason,
        events,
        effects,
    } = record;
    v1::Change {
        revision: revision.0,
        recorded_at: Some(render::timestamp(recorded_at)),
        actor: actor.map(|actor| Collection::Users.name(actor)).unwrap_or_default(),
        caller,
        request_id: request_id.filter(|_| personal).unwrap_or_default(),
        command: command.to_owned(),
        reason: reason.filter(|_| personal).unwrap_or_default(),
        entities: events.iter().map(|event| render::changed_entity(event, state)).collect(),
        effects: render::effects(&effects, state, reader),
        hash: hash.0.to_vec(),
    }
}

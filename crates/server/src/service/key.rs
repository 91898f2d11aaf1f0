//! KeyService: how programs prove who they are.

use bailiwick_proto::parse::{Collection, NewKey};
use bailiwick_proto::v1::key_service_server::KeyService;
use bailiwick_proto::{parse, render, v1};
use bailiwick_store::ApiKey;
use tonic::{Request, Response, Status};

use super::open;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::guard::secret_hash;
use crate::permission::Permission;
use crate::{clock, random};

/// Makes and revokes API keys. Only a hash of a key's secret is kept.
pub(crate) struct Keys(pub(crate) Backend);

#[tonic::async_trait]
impl KeyService for Keys {
    async fn create_key(
        &self,
        request: Request<v1::CreateKeyRequest>,
    ) -> Result<Response<v1::CreateKeyResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.create(&caller, request).await?))
    }

    async fn list_keys(
        &self,
        request: Request<v1::ListKeysRequest>,
    ) -> Result<Response<v1::ListKeysResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.list(&caller, &request).await?))
    }

    async fn revoke_key(
        &self,
        request: Request<v1::RevokeKeyRequest>,
    ) -> Result<Response<v1::RevokeKeyResponse>, Status> {
        let (caller, v1::RevokeKeyRequest { key }) = open(request)?;
        Ok(Response::new(self.revoke(&caller, &key).await?))
    }
}

impl Keys {
    async fn create(
        &self,
        caller: &Caller,
        request: v1::CreateKeyRequest,
    ) -> Result<v1::CreateKeyResponse, Fault> {
        caller.may_operate_everywhere()?;
        let NewKey { name, permissions, realms } = parse::create_key(request)?;
        let secret = random::key_secret()?;
        let named = |wire: &v1::Permission| Permission::ALL.into_iter().find(|p| p.on_wire() == *wire);
        // Nobody hands on what they do not have.
        let lacking =
            permissions.iter().filter_map(named).find(|&permission| !caller.may_everywhere(permission));
        if let Some(permission) = lacking {
            return Err(Fault::NotPermitted(permission.name()));
        }
        let key = ApiKey {
            id: random::key_id()?,
            name,
            secret_hash: secret_hash(&secret),
            permissions: permissions.iter().filter_map(named).map(|p| p.name().to_owned()).collect(),
            realms,
            created_at: clock::now(),
            revoked_at: None,
        };
        self.0.store.create_key(key.clone()).await?;
        Ok(v1::CreateKeyResponse { key: Some(on_wire(&key)), secret })
    }

    async fn list(
        &self,
        caller: &Caller,
        request: &v1::ListKeysRequest,
    ) -> Result<v1::ListKeysResponse, Fault> {
        caller.may_operate_everywhere()?;
        let v1::ListKeysRequest { show_revoked, page_size, page_token } = request;
        let bare = v1::ListKeysRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let paging = self.0.paging(caller, "ListKeys", &bare, *page_size, page_token)?;
        let mut keys: Vec<(String, ApiKey)> =
            self.0.store.keys().await?.into_iter().map(|key| (order(&key), key)).collect();
        keys.retain(|(order, key)| {
            (*show_revoked || key.revoked_at.is_none())
                && paging.after().is_none_or(|after| order.as_str() > after)
        });
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let more = keys.len() > paging.size;
        keys.truncate(paging.size);
        let next_page_token = match keys.last() {
            Some((order, _)) if more => self.0.next_page(&paging, 0, order.clone().into_bytes())?,
            Some(_) | None => String::new(),
        };
        let keys = keys.iter().map(|(_, key)| on_wire(key)).collect();
        Ok(v1::ListKeysResponse { keys, next_page_token })
    }

    async fn revoke(&self, caller: &Caller, key: &str) -> Result<v1::RevokeKeyResponse, Fault> {
        caller.may_operate_everywhere()?;
        let id = parse::key(key)?;
        self.0.store.revoke_key(&id, clock::now()).await?;
        let revoked = self.0.store.keys().await?.into_iter().find(|key| key.id == id);
        let key = revoked.ok_or(Fault::UnknownKey)?;
        Ok(v1::RevokeKeyResponse { key: Some(on_wire(&key)) })
    }
}

/// Oldest first; of the same instant, by id. Keys are made after 1970, so that their instants sort as texts.
fn order(key: &ApiKey) -> String {
    format!("{:020}{}", key.created_at.as_micros().max(0), key.id)
}

fn on_wire(key: &ApiKey) -> v1::Key {
    let ApiKey { id, name, secret_hash: _, permissions, realms, created_at, revoked_at } = key;
    let permissions = permissions.iter().filter_map(|name| Permission::named(name));
    let realms = if realms.is_empty() {
        vec![Collection::Realms.name("-")]
    } else {
        realms.iter().map(|realm| Collection::Realms.name(realm)).collect()
    };
    v1::Key {
        name: Collection::Keys.name(id),
        display_name: name.clone(),
        permissions: permissions.map(|permission| permission.on_wire().into()).collect(),
        realms,
        create_time: Some(render::timestamp(*created_at)),
        revoke_time: revoked_at.map(render::timestamp),
    }
}

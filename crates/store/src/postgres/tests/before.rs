//! What an older version left behind, and what stays of who is erased.

use sqlx::Row;

use super::Server;
use crate::conformance::{self, Behind};

impl Behind for &Server {
    async fn profile(&self, user: &str) -> Vec<u8> {
        let mut conn = self.behind().await;
        let row = sqlx::query("SELECT personal FROM entity WHERE kind = 5 AND entity = $1").bind(user);
        row.fetch_one(&mut conn).await.unwrap().get(0)
    }

    async fn grow_old(&self, user: &str, profile: Vec<u8>) {
        let mut conn = self.behind().await;
        let renamed = sqlx::query("UPDATE entity SET personal = $1 WHERE kind = 5 AND entity = $2");
        renamed.bind(profile).bind(user).execute(&mut conn).await.unwrap();
        let older = "DELETE FROM used_username; UPDATE meta SET projection = 1";
        sqlx::raw_sql(older).execute(&mut conn).await.unwrap();
    }

    async fn request_ids(&self) -> Vec<String> {
        let ids =
            sqlx::query("SELECT id FROM request_id ORDER BY id").fetch_all(&mut self.behind().await).await;
        ids.unwrap().iter().map(|row| row.get(0)).collect()
    }

    async fn remember_as_given(&self, id: &str, body: [u8; 32]) {
        let statement = sqlx::query("UPDATE request_id SET id = $1, body = $2").bind(id).bind(body.to_vec());
        statement.execute(&mut self.behind().await).await.unwrap();
    }

    async fn owners(&self) -> Vec<Option<String>> {
        let mut conn = self.behind().await;
        let owners = sqlx::query("SELECT \"user\" FROM used_username ORDER BY \"user\" NULLS FIRST");
        owners.fetch_all(&mut conn).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    async fn forget_links(&self) {
        let older = "DELETE FROM link; UPDATE meta SET projection = 3";
        sqlx::raw_sql(older).execute(&mut self.behind().await).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_look_alikes_keep_their_names() {
    let Some(server) = Server::new() else { return };
    conformance::old_look_alikes_keep_their_names(async |queue| server.open(queue).await, &server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_older_versions_remembered_is_answered() {
    let Some(server) = Server::new() else { return };
    conformance::what_older_versions_remembered_is_answered(async |queue| server.open(queue).await, &server)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_found_from_the_other_end() {
    let Some(server) = Server::new() else { return };
    conformance::links_are_found_from_the_other_end(async |queue| server.open(queue).await, &server).await;
}

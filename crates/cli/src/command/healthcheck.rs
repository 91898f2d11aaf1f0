//! `bailiwick healthcheck`: is the service up?

use clap::Args;

use crate::ask::Asker;
use crate::exit::{Answer, Failure};

/// Which service.
#[derive(Debug, Args)]
pub(crate) struct Healthcheck {
    /// The service to ask about; without: the server as a whole.
    #[arg(long, default_value = "", hide_default_value = true)]
    service: String,
}

impl Healthcheck {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let health = asker.client.health(&self.service).await?;
        let serving = health == bailiwick_client::Health::Serving;
        let status = if serving { "SERVING" } else { "NOT_SERVING" };
        asker.out.line(status, &serde_json::json!({ "status": status }));
        Ok(if serving { Answer::Yes } else { Answer::No })
    }
}

//! `bailiwick serve`: runs the service.

use clap::Args;

use crate::exit::{Answer, Failure};
use crate::output::Output;

/// How to run it.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Start the four demo realms.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(crate) fn run(self, _out: &Output) -> Result<Answer, Failure> {
        let _ = self.demo;
        Err(Failure::Machine("not yet".to_owned()))
    }
}

//! The `bailiwick` binary: the service, and its command line.
//!
//! `serve` runs the service; every other command asks one, as any caller does, over gRPC. What a command prints goes
//! through `output` alone; how a script reads the result stands in `exit`.

mod args;
mod ask;
mod command;
mod exit;
mod name;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use ask::Asker;
use exit::{Answer, Failure};
use output::Output;

/// A call allocates some dozens of times, mostly in gRPC: that is a third of what it costs with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = Output::new(cli.output);
    let answer = match cli.command {
        Command::Serve(serve) => serve.run(&out),
        Command::Ask(question) => ask(&cli.connection, *question, &out),
    };
    answer.unwrap_or_else(|failure| out.failure(&failure)).into()
}

/// Asks a server, from one thread.
fn ask(connection: &args::Connection, question: args::Question, out: &Output) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Machine(format!("the runtime does not start: {error}")))?;
    runtime.block_on(async {
        let asker = Asker::new(connection, out)?;
        question.run(&asker).await
    })
}

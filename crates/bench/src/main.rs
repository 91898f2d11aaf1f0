//! Nanoseconds a check, the service beside an empty call, what managers ask of people, new people a second, lists of what is
//! allowed, previews, and requests.
//!
//! `cargo run --release -p bailiwick-bench -- --help`. What is compared runs interleaved; figures are medians with the
//! whole range, and ratios are taken pair by pair. Nothing is written but the report.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a report is what this program is for")]

mod arguments;
mod directory;
mod import;
mod in_process;
mod lists;
mod load;
mod past;
mod previews;
mod report;
mod requests;
mod served;
mod service;
mod transport;

use std::process::ExitCode;

use arguments::{Arguments, HELP, Output};
use report::Report;

/// The allocator that the service has, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// People of the directory that the large one is compared with.
const SMALL_DIRECTORY: u32 = 10_000;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(fault) => {
            eprintln!("{fault}; --help tells what there is");
            return ExitCode::from(2);
        }
    };
    match measure(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let in_process = if arguments.in_process {
        Some(in_process::measure(&arguments.sizes, arguments.checks)?)
    } else {
        None
    };
    let service = if arguments.service { Some(service::measure(arguments)?) } else { None };
    let directory = if arguments.directory {
        Some(directory::measure(&[SMALL_DIRECTORY, arguments.people], arguments.rounds)?)
    } else {
        None
    };
    let import = if arguments.import { Some(import::measure(arguments.import_people)?) } else { None };
    let lists = if arguments.lists { Some(lists::measure(&arguments.sizes)?) } else { None };
    let previews = if arguments.previews { Some(previews::measure(&arguments.sizes)?) } else { None };
    let requests = if arguments.requests { Some(requests::measure()?) } else { None };
    let report = Report { in_process, service, directory, import, lists, previews, requests };
    match arguments.output {
        Output::Table => print!("{}", report.table()),
        Output::Json => println!("{}", report.json()),
    }
    Ok(())
}

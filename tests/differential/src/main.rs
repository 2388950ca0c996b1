//! Ours and the programs of others on the same random input: every disagreement is of a known class, or the run fails.
//!
//! `mailproof-differential run` judges; `mailproof-differential show spf|dkim NUMBER` prints a case, to be reproduced.

mod arguments;
mod canon;
mod dkim;
mod dkim_classes;
mod dkim_facts;
mod dkim_key;
mod dkim_message;
mod judge;
mod mail_auth_peer;
mod plan;
mod program;
mod random;
mod record;
mod rounds;
mod signing;
mod spf;
mod spf_classes;
mod spf_facts;
mod zone;

use arguments::{Arguments, Task};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    match arguments.task {
        Task::ShowSpf(number) => println!("{}", spf::Case::make(arguments.seed, number).shown()),
        Task::ShowDkim(number) => println!("{}", dkim::Case::make(arguments.seed, number).shown()),
        Task::Run => match rounds::run(&arguments) {
            Ok(true) => {}
            Ok(false) => return ExitCode::FAILURE,
            Err(why) => {
                eprintln!("{why}");
                return ExitCode::FAILURE;
            }
        },
    }
    ExitCode::SUCCESS
}

//! `mailproof-milter`: SPF, DKIM and DMARC of incoming mail, and DKIM signatures of outgoing mail, in one daemon.

#![forbid(unsafe_code)]

use clap::Parser;
use mailproof_milter::{Daemon, NoDaemon};
use std::path::PathBuf;
use std::process::ExitCode;

/// Authenticates incoming mail and signs outgoing mail for Postfix and Sendmail.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration.
    #[arg(long, short, value_name = "FILE", default_value = "/etc/mailproof/mailproof-milter.toml")]
    config: PathBuf,
    /// Read the configuration and everything it names but keys, say what is wrong, and end.
    #[arg(long)]
    check_config: bool,
}

/// Wrong usage or configuration (`EX_CONFIG` of sysexits.h).
const CONFIG: u8 = 78;
/// The system does not let it run (`EX_OSERR`).
const SYSTEM: u8 = 71;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("mailproof-milter: {why}");
            match why {
                NoDaemon::File { .. } | NoDaemon::Config { .. } | NoDaemon::Unusable { .. } => CONFIG.into(),
                _ => SYSTEM.into(),
            }
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), NoDaemon> {
    if arguments.check_config {
        Daemon::check(&arguments.config)?;
        println!("{}: ok", arguments.config.display());
        return Ok(());
    }
    Daemon::open(&arguments.config)?.run()
}

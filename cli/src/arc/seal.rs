//! `mailproof arc seal`: a message with a new set of its chain on top.

use crate::context::Context;
use crate::dkim::key_file;
use crate::input::{Unreadable, read, reverse_path, shown, wire_octets};
use crate::resolve::Source;
use crate::{Exit, terminal};
use mailproof::arc::{NotSealed, Sealer, SealingOptions};
use mailproof::message::Message;
use mailproof::{Authenticator, Connection};
use std::net::IpAddr;
use std::path::PathBuf;

/// Checks a message as it arrives, and writes it with an ARC set on top that says what was found, line ends as CRLF.
///
/// Exit code 1: it cannot be sealed, such as a chain that a forwarder found broken before.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The message, or - for standard input.
    file: PathBuf,
    /// The domain that seals.
    #[arg(long)]
    domain: String,
    /// The name of the key below `_domainkey` of the domain.
    #[arg(long)]
    selector: String,
    /// The private key: PEM or DER.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who says what was found; the sealing domain, if not given.
    #[arg(long, value_name = "NAME")]
    authserv_id: Option<String>,
    /// The address of the SMTP client; without it SPF is left out.
    #[arg(long, value_name = "ADDR")]
    ip: Option<IpAddr>,
    /// What the client said in HELO or EHLO.
    #[arg(long, value_name = "NAME", default_value = "")]
    helo: String,
    /// The address in MAIL FROM; empty or <> for a bounce.
    #[arg(long, value_name = "ADDR", default_value = "")]
    mail_from: String,
    /// The time of arrival and of sealing, in Unix seconds; now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// Take the file as wire octets: a bare LF is content, even in a file of bare LF line ends.
    #[arg(long)]
    raw: bool,
    /// Write the three fields alone.
    #[arg(long)]
    field_only: bool,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    if terminal::manner().json {
        crate::refuse_usage("--json: what is printed here is a message");
    }
    let key = key_file::read(&arguments.key)?;
    let sealer = Sealer::new(&arguments.domain, &arguments.selector, key, SealingOptions::default())
        .unwrap_or_else(|why| crate::refuse_usage(&why.to_string()));
    let octets = wire_octets(read(&arguments.file)?, arguments.raw);
    let message =
        Message::parse(&octets).map_err(|why| Unreadable::Message { path: shown(&arguments.file), why })?;
    let dns = arguments.source.open()?;
    let time = dns.time_of(arguments.at);
    let connection = match arguments.ip {
        Some(ip) => Connection::new(ip, arguments.helo.as_str(), reverse_path(&arguments.mail_from)),
        None => Connection::unknown(),
    };
    let context = Context::new("arc seal", time).with_message(&octets);
    let authserv_id = arguments.authserv_id.as_deref().unwrap_or(&arguments.domain);
    let check = Authenticator::new(authserv_id).check(&message, connection.at(time));
    let report = dns.run(check, context)?;
    match sealer.seal(&message, &report.arc, &report.sealing_results(), time) {
        Ok(seal) => {
            let mut out = seal.to_string().into_bytes();
            if !arguments.field_only {
                out.extend_from_slice(&octets);
            }
            terminal::write_octets(&out)?;
            Ok(Exit::Good)
        }
        Err(why) => {
            complain(&arguments.file, &why);
            Ok(Exit::Bad)
        }
    }
}

fn complain(file: &std::path::Path, why: &NotSealed) {
    terminal::complain(&format!("{}: not sealed: {why}", shown(file)));
}

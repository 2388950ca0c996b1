//! dkimverify of dkimpy.

use crate::context::Context;
use crate::input::{Unreadable, read, wire_octets};
use crate::resolve::Source;
use crate::terminal;
use mailproof::dkim::{Outcome, Policy, verify};
use mailproof::message::Message;
use std::path::Path;

const USAGE: &str = "usage: dkimverify [-h] [--index N]\n";
const HELP: &str = "\
usage: dkimverify [-h] [--index N] <MESSAGE

Says whether a DKIM signature of the message on standard input holds.

  -h, --help  print this
  --index N   which signature, from the top; 0, if not given
";

const FAILED: u8 = 1;
const MISUSED: u8 = 2;

pub(super) fn run(source: &Source, words: &[String]) -> Result<u8, Unreadable> {
    let index = match words {
        [] => Some(0),
        [help] if help == "-h" || help == "--help" => {
            terminal::print(HELP);
            return Ok(0);
        }
        [option, number] if option == "--index" => number.parse().ok(),
        [option] => option.strip_prefix("--index=").and_then(|number| number.parse().ok()),
        _ => None,
    };
    let Some(index) = index else {
        let words = terminal::visible(&words.join(" ")).into_owned();
        terminal::tell(&format!("{USAGE}dkimverify: error: unrecognized arguments: {words}\n"));
        return Ok(MISUSED);
    };
    let octets = wire_octets(read(Path::new("-"))?, false);
    let complaint = match Message::parse(&octets) {
        Ok(message) => complaint(source, &message, index, &octets)?,
        Err(why) => Some(why.to_string()),
    };
    let Some(complaint) = complaint else {
        terminal::print("signature ok\n");
        return Ok(0);
    };
    terminal::print("signature verification failed\n");
    terminal::complain(&complaint);
    Ok(FAILED)
}

/// Why the signature does not hold, if it does not.
fn complaint(
    source: &Source,
    message: &Message<'_>,
    index: usize,
    octets: &[u8],
) -> Result<Option<String>, Unreadable> {
    let dns = source.open()?;
    let now = dns.time_of(None);
    let context = Context::new("compat dkimverify", now).with_message(octets);
    let verdicts = dns.run(verify(message, &Policy::default(), now), context)?;
    Ok(match verdicts.get(index).map(|verdict| &verdict.outcome) {
        None if verdicts.is_empty() => Some("the message is not signed".to_owned()),
        None => Some(format!("there are {} signatures", verdicts.len())),
        Some(Outcome::Pass) => None,
        Some(outcome @ Outcome::Temperror(_)) => {
            Some(format!("{outcome}; this is no bad signature: ask again later"))
        }
        Some(outcome) => Some(outcome.to_string()),
    })
}

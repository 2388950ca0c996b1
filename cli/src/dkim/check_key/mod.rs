//! `mailproof dkim check-key`: is a private key the one that DNS publishes?

mod judge;
mod report;

use super::key_file;
use crate::context::Context;
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::txt_record::TxtRecord;
use crate::{Exit, terminal};
use judge::{Fit, Judgement};
use mailproof::dkim::{KeyLookup, KeyRecord, look_up_key};
use std::path::PathBuf;

/// Says whether a private key is the one that DNS publishes, and whether receivers can use it.
///
/// Exit codes: 0 it is, 1 it is not, 75 DNS does not tell now.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The name of the record, as SELECTOR._domainkey.DOMAIN, in place of --selector and --domain.
    #[arg(value_name = "NAME", conflicts_with_all = ["domain", "selector"], required_unless_present_all = ["domain", "selector"])]
    name: Option<String>,
    /// The private key: PEM, DER, or the seed of an Ed25519 key in base64; - is standard input.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The domain that signs.
    #[arg(long)]
    domain: Option<String>,
    /// The name of the key below `_domainkey` of the domain.
    #[arg(long)]
    selector: Option<String>,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let lookup = lookup(arguments);
    let text = key_file::read(&arguments.key)?.record();
    let Ok(own) = KeyRecord::parse(text.as_bytes()) else {
        terminal::complain("the public half of the key cannot be read");
        return Ok(Exit::Defect);
    };
    let record = TxtRecord { name: lookup.name().clone(), text };
    let dns = arguments.source.open()?;
    let context = Context::new("dkim check-key", dns.time_of(None)).with("subject", &record.name);
    let judgement = Judgement::new(own, dns.run(lookup, context)?);
    if terminal::manner().json {
        terminal::print_json(&report::json(&judgement, &record));
    } else {
        terminal::print(&report::plain(&judgement, &record));
    }
    Ok(match judgement.fit {
        Fit::Fits => Exit::Good,
        Fit::NoKey(_) | Fit::NotThere(_) | Fit::Other | Fit::Unusable(_) => Exit::Bad,
        Fit::Undecided(_) => Exit::Undecided,
    })
}

/// Where the key should be.
fn lookup(arguments: &Arguments) -> KeyLookup {
    let (selector, domain) = match (&arguments.name, &arguments.selector, &arguments.domain) {
        (Some(name), _, _) => match split(name) {
            Some(parts) => parts,
            None => crate::refuse_usage("the name of a key is SELECTOR._domainkey.DOMAIN"),
        },
        (None, Some(selector), Some(domain)) => (selector.as_str(), domain.as_str()),
        (None, _, _) => crate::refuse_usage("NAME, or --selector and --domain, are needed"),
    };
    look_up_key(selector, domain).unwrap_or_else(|why| crate::refuse_usage(&why.to_string()))
}

/// The selector and the domain of a record's name, whose final dot is optional.
fn split(name: &str) -> Option<(&str, &str)> {
    const BETWEEN: &str = "._domainkey.";
    let name = name.strip_suffix('.').unwrap_or(name);
    let start = name.to_ascii_lowercase().find(BETWEEN)?;
    Some((name.get(..start)?, name.get(start + BETWEEN.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_where_the_domain_begins() {
        assert_eq!(split("a.b._domainkey.example.com"), Some(("a.b", "example.com")));
        assert_eq!(split("a._DomainKey.Example.com."), Some(("a", "Example.com")));
        assert_eq!(split("a.example.com"), None);
        assert_eq!(split("_domainkey.example.com"), None);
    }
}

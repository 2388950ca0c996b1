//! `mailproof dkim sign`: a message with a signature on top.

use super::key_file;
use crate::context::unix_now;
use crate::input::{Unreadable, read, shown, wire_octets};
use crate::{Exit, terminal};
use mailproof::SigningKey;
use mailproof::dkim::{Canonicalization, Signer, SigningOptions};
use mailproof::message::Message;
use std::path::PathBuf;

/// Signs a message with DKIM, and writes it with the signature on top, line ends as CRLF.
///
/// With several keys, --selector and --key are given once for each: the first selector is that of the first key.
///
/// Exit codes: 0 signed, 2 usage, 65 a message or a key that cannot be used.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The message, or - for standard input.
    file: PathBuf,
    /// The domain that signs.
    #[arg(long)]
    domain: String,
    /// The name of the key below `_domainkey` of the domain; once for each --key, in the same order.
    #[arg(long = "selector", value_name = "SELECTOR", required = true)]
    selectors: Vec<String>,
    /// The private key: PEM, DER, or the seed of an Ed25519 key in base64.
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// How header fields may change on the way.
    #[arg(long, value_name = "CANON", value_enum, default_value_t = Canon::Relaxed)]
    header_canon: Canon,
    /// How the body may change on the way.
    #[arg(long, value_name = "CANON", value_enum, default_value_t = Canon::Relaxed)]
    body_canon: Canon,
    /// After how many seconds the signature expires; also with a unit, as 36h or 7d. Never, if not given.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    expire_in: Option<u64>,
    /// On whose behalf the domain signs: an address or @domain, within the domain.
    #[arg(long, value_name = "ADDR")]
    identity: Option<String>,
    /// The fields to sign in place of those that are recommended, as From:To:Subject. From is signed in any case; those
    /// of which none may be added by default stay so.
    #[arg(long, value_name = "NAMES", value_delimiter = ':')]
    headers: Option<Vec<String>>,
    /// Put copies of the signed fields into the signature, for whoever looks for what was changed.
    #[arg(long)]
    copy_headers: bool,
    /// The time of signing, in Unix seconds; now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// Take the file as wire octets: a bare LF is content, even in a file of bare LF line ends.
    #[arg(long)]
    raw: bool,
    /// Write the DKIM-Signature fields alone.
    #[arg(long)]
    field_only: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Canon {
    Relaxed,
    Simple,
}

impl From<Canon> for Canonicalization {
    fn from(canon: Canon) -> Self {
        match canon {
            Canon::Relaxed => Self::Relaxed,
            Canon::Simple => Self::Simple,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    refuse_wrong_usage(arguments);
    let keys = arguments.keys.iter().map(|path| key_file::read(path)).collect::<Result<Vec<_>, _>>()?;
    let signer = signer(arguments, keys);
    let octets = wire_octets(read(&arguments.file)?, arguments.raw);
    let message =
        Message::parse(&octets).map_err(|why| Unreadable::Message { path: shown(&arguments.file), why })?;
    let signed = signer
        .sign(&message, arguments.at.unwrap_or_else(unix_now))
        .map_err(|why| Unreadable::Unsigned { path: shown(&arguments.file), why })?;
    let mut out = signed.to_string().into_bytes();
    if !arguments.field_only {
        out.extend_from_slice(&octets);
    }
    terminal::write_octets(&out)?;
    Ok(Exit::Good)
}

fn refuse_wrong_usage(arguments: &Arguments) {
    if terminal::manner().json {
        crate::refuse_usage("--json: what is printed here is a message");
    }
    let (keys, selectors) = (arguments.keys.len(), arguments.selectors.len());
    if keys != selectors {
        crate::refuse_usage(&format!(
            "each --key needs a --selector of its own: there are {keys} and {selectors}"
        ));
    }
    let is_input = |path: &&PathBuf| path.as_os_str() == "-";
    if arguments.keys.iter().chain([&arguments.file]).filter(is_input).count() > 1 {
        crate::refuse_usage("standard input can be read only once");
    }
}

fn signer(arguments: &Arguments, keys: Vec<SigningKey>) -> Signer {
    let mut options = SigningOptions::default();
    options.body_canonicalization = arguments.body_canon.into();
    options.copy_header = arguments.copy_headers;
    options.expires_after = arguments.expire_in;
    options.header_canonicalization = arguments.header_canon.into();
    options.identity.clone_from(&arguments.identity);
    if let Some(names) = &arguments.headers {
        let is_wanted = |oversigned: &String| {
            names.iter().chain([&"From".to_owned()]).any(|name| name.eq_ignore_ascii_case(oversigned))
        };
        options.oversigned.retain(is_wanted);
        options.signed.clone_from(names);
    }
    let keys = arguments.selectors.iter().zip(keys);
    Signer::new(&arguments.domain, keys, options).unwrap_or_else(|why| crate::refuse_usage(&why.to_string()))
}

/// A number of seconds, or of what its last letter says.
fn seconds(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "s")) => (number, 1),
        Some((number, "m")) => (number, 60),
        Some((number, "h")) => (number, 60 * 60),
        Some((number, "d")) => (number, 24 * 60 * 60),
        Some((number, "w")) => (number, 7 * 24 * 60 * 60),
        _ => (text, 1),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    seconds
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| "a number above 0 is needed, of seconds or with s, m, h, d or w behind it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_with_units() {
        for (text, expected) in
            [("90", 90), ("90s", 90), ("2m", 120), ("36h", 129_600), ("7d", 604_800), ("1w", 604_800)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for wrong in ["", "0", "0d", "-1", "d", "1y", "7 d", "1.5h", "99999999999999999999", "é"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}

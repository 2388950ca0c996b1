//! `mailproof dkim keygen`: a new key, and the record that publishes it.

use super::{key_facts, key_file};
use crate::input::{Unreadable, shown};
use crate::txt_record::TxtRecord;
use crate::{Exit, terminal};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::{rsa, signature};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::SigningKey;
use mailproof::dkim::{KeyRecord, Signer, SigningOptions, look_up_key};
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Columns of a line in PEM (RFC 7468 §2).
const PEM_COLUMNS: usize = 64;

/// Makes a new private key, and tells the TXT record that publishes its public half.
///
/// Exit codes: 0 made, 2 usage, 65 it cannot be written, as where a file is there already.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Ed25519 is not known to every receiver: sign with RSA as well.
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = Type::Rsa)]
    kind: Type,
    /// The length of an RSA key; 2048, if not given.
    #[arg(long, value_enum)]
    bits: Option<Bits>,
    /// The domain that signs.
    #[arg(long)]
    domain: String,
    /// The name of the key below `_domainkey` of the domain; a new key needs a new one.
    #[arg(long)]
    selector: String,
    /// Where the private key is written, as PKCS#8 in PEM that only you can read; - is standard output, and the
    /// record then goes to standard error.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file, if it is there already.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Type {
    Ed25519,
    Rsa,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Bits {
    #[value(name = "2048")]
    B2048,
    #[value(name = "3072")]
    B3072,
    #[value(name = "4096")]
    B4096,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let Arguments { domain, selector, out, .. } = arguments;
    let to_output = out.as_os_str() == "-";
    refuse_wrong_usage(arguments, to_output);
    let name = match look_up_key(selector, domain) {
        Ok(lookup) => lookup.name().clone(),
        Err(why) => crate::refuse_usage(&why.to_string()),
    };
    let Ok(pem) = generate(arguments) else {
        terminal::complain("no key could be made");
        return Ok(Exit::Defect);
    };
    // A key that this program cannot read, or names that it would not sign with, are told before anything is written.
    let key = SigningKey::from_pem(pem.as_bytes())
        .map_err(|why| Unreadable::Key { path: "the new key".to_owned(), why })?;
    let record = TxtRecord { name, text: key.record() };
    if let Err(why) = Signer::new(domain, [(selector, key)], SigningOptions::default()) {
        crate::refuse_usage(&why.to_string());
    }
    let Ok(public) = KeyRecord::parse(record.text.as_bytes()) else {
        terminal::complain("the record of the new key cannot be read");
        return Ok(Exit::Defect);
    };
    if to_output {
        terminal::write_octets(pem.as_bytes())?;
        terminal::tell(&record.plain());
        return Ok(Exit::Good);
    }
    key_file::write(out, &pem, arguments.force)?;
    if terminal::manner().json {
        terminal::print_json(&json!({
            "schema": "mailproof.key/1",
            "name": record.name.to_string(),
            "private_key": out.display().to_string(),
            "key": key_facts::json(&public),
            "record": record.text,
            "zone_file": record.zone_file(),
        }));
    } else {
        let made = format!("private key: {}, in {}", key_facts::kind(&public), shown(out));
        terminal::print(&format!("{}\n\n{}", terminal::visible(&made), record.plain()));
    }
    Ok(Exit::Good)
}

fn refuse_wrong_usage(arguments: &Arguments, to_output: bool) {
    if arguments.kind == Type::Ed25519 && arguments.bits.is_some() {
        crate::refuse_usage("--bits is for RSA: every Ed25519 key has 256");
    }
    if to_output && terminal::manner().json {
        crate::refuse_usage("--json and a private key cannot both go to standard output");
    }
    if to_output && std::io::stdout().is_terminal() {
        crate::refuse_usage("a private key is not shown on a terminal: name a file with --out");
    }
}

fn generate(arguments: &Arguments) -> Result<Zeroizing<String>, Unspecified> {
    let der: Pkcs8V1Der<'_> = match arguments.kind {
        Type::Ed25519 => signature::Ed25519KeyPair::generate()?.as_der()?,
        Type::Rsa => rsa::KeyPair::generate(match arguments.bits.unwrap_or(Bits::B2048) {
            Bits::B2048 => KeySize::Rsa2048,
            Bits::B3072 => KeySize::Rsa3072,
            Bits::B4096 => KeySize::Rsa4096,
        })?
        .as_der()?,
    };
    Ok(pem(der.as_ref()))
}

/// PKCS#8 in PEM (RFC 7468 §10).
fn pem(der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(BASE64.encode(der));
    // All the room at once: octets that are moved would stay behind where they were.
    let mut out = Zeroizing::new(String::with_capacity(base64.len() * 2 + 128));
    out.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(PEM_COLUMNS).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = behind;
    }
    out.push_str("-----END PRIVATE KEY-----\n");
    out
}

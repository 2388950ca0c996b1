//! `mailproof spf lint`, `dkim lint` and `dmarc lint`: the same for records of one protocol.

use super::{Arguments, FailOn};
use mailproof::Name;
use std::path::PathBuf;

/// Says everything that is wrong with SPF records, what receivers will do, and how to mend it. It asks no DNS.
///
/// Exit codes: 0 nothing is wrong, 1 something is (see --fail-on), 2 usage, 65 input that cannot be read.
#[derive(clap::Args)]
#[command(after_help = SPF_HELP)]
pub(crate) struct Spf {
    #[command(flatten)]
    records: Records,
}

/// Says everything that is wrong with DKIM key records, or with the signatures of a message. It asks no DNS.
///
/// Exit codes: 0 nothing is wrong, 1 something is (see --fail-on), 2 usage, 65 input that cannot be read.
#[derive(clap::Args)]
#[command(after_help = DKIM_HELP)]
pub(crate) struct Dkim {
    #[command(flatten)]
    records: Records,
    /// The private key that the records are published for: is it theirs?
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Judge the DKIM signatures of this message; - reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "fix")]
    message: Option<PathBuf>,
    /// The time that a message is judged at, in Unix seconds; now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
}

/// Says everything that is wrong with DMARC records, what receivers will do, and how to mend it. It asks no DNS.
///
/// Exit codes: 0 nothing is wrong, 1 something is (see --fail-on), 2 usage, 65 input that cannot be read.
#[derive(clap::Args)]
#[command(after_help = DMARC_HELP)]
pub(crate) struct Dmarc {
    #[command(flatten)]
    records: Records,
}

const SPF_HELP: &str = "\
Examples:
  mailproof spf lint 'v=spf1 ip4:192.0.2.1 inculde:_spf.example.net -all'
  mailproof spf lint --fix - <records.txt
  mailproof audit example.com        asks DNS, and follows includes";

const DKIM_HELP: &str = "\
Examples:
  mailproof dkim lint --owner 2026a._domainkey.example.com 'v=DKIM1; k=rsa; p=...'
  mailproof dkim lint --message mail.eml
  mailproof dkim probe example.com   asks DNS for keys";

const DMARC_HELP: &str = "\
Examples:
  mailproof dmarc lint 'v=DMARC1; p=qurantine; rua=mailto:reports@example.com'
  mailproof dmarc lint --owner _dmarc.example.com --fix - <records.txt
  mailproof audit example.com        asks DNS, and whether reports are wanted where they go";

/// What is given of records, whatever they are of.
#[derive(clap::Args)]
struct Records {
    /// A record: its text, its strings each in quotation marks, or a line of a master file; - reads one record a line
    /// from standard input.
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Where the record is published, where its line does not say so.
    #[arg(long, value_name = "NAME")]
    owner: Option<Name>,
    /// Print the mended record alone; what was mended, and what was not, is told on standard error.
    #[arg(long)]
    fix: bool,
    /// End with exit code 1 from this severity on.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
}

impl From<&Records> for Arguments {
    fn from(records: &Records) -> Self {
        Self {
            texts: records.texts.clone(),
            spf: false,
            dkim: false,
            dmarc: false,
            owner: records.owner.clone(),
            fix: records.fix,
            key: None,
            message: None,
            at: None,
            fail_on: records.fail_on,
        }
    }
}

impl From<&Spf> for Arguments {
    fn from(door: &Spf) -> Self {
        if door.records.texts.is_empty() {
            crate::refuse_usage("a record is needed, as in: mailproof spf lint 'v=spf1 -all'");
        }
        Self { spf: true, ..Self::from(&door.records) }
    }
}

impl From<&Dmarc> for Arguments {
    fn from(door: &Dmarc) -> Self {
        if door.records.texts.is_empty() {
            crate::refuse_usage("a record is needed, as in: mailproof dmarc lint 'v=DMARC1; p=reject'");
        }
        Self { dmarc: true, ..Self::from(&door.records) }
    }
}

impl From<&Dkim> for Arguments {
    fn from(door: &Dkim) -> Self {
        if door.records.texts.is_empty() && door.message.is_none() {
            crate::refuse_usage("a record or --message is needed");
        }
        let (key, message) = (door.key.clone(), door.message.clone());
        Self { dkim: true, key, message, at: door.at, ..Self::from(&door.records) }
    }
}

//! `mailproof compat`: the tools that scripts call today, with their text and their exit codes.

mod dkimverify;
mod libspf2;
mod mail_spf;
mod options;
mod smtpctl;
mod spfquery;
mod testkey;

use crate::input::Unreadable;
use crate::resolve::Source;
use crate::terminal;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Options of `mailproof compat`, put before the name of the tool: what a script cannot say that calls it by a link.
const OPTIONS_VARIABLE: &str = "MAILPROOF_COMPAT";

/// Answers as another tool would, with its text and exit codes: spfquery, dkimverify, opendkim-testkey, smtpctl spf walk.
///
/// All that follows NAME is for the tool. Called by a link of one of these names mailproof is that tool; the environment
/// variable MAILPROOF_COMPAT then holds the options that would stand before NAME. What the tool would conceal is told on
/// standard error, in lines that begin with "mailproof: ".
#[derive(clap::Args)]
#[command(after_help = HELP, subcommand_value_name = "NAME", subcommand_help_heading = "Tools", disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    tool: Tool,
}

#[derive(clap::Subcommand)]
enum Tool {
    /// The name of the tool and all that follows.
    #[command(external_subcommand)]
    Named(Vec<OsString>),
}

const HELP: &str = "\
Tools, and where they differ from their originals:
  spfquery          Mail::SPF's (--scope --identity --ip --helo-identity), or libspf2's when called with its options of
                    one dash (-ip= -sender= -helo=). spfquery.mail-spf-perl and spfquery.libspf2 are one or the other.
                    Exit codes: Mail::SPF's 0 pass, 1 fail, 2 softfail, 3 neutral, 4 permerror, 5 temperror, 6 none,
                    255 usage; libspf2's 0 (invalid), 1 neutral, 2 pass, 3 fail, 4 softfail, 5 none, 6 temperror,
                    7 permerror, 255 usage.
                    Mail::SPF fails a host beyond the tenth mail exchange, and libspf2 counts no void lookups: here both are
                    permerror (RFC 7208 section 4.6.4). Sender ID (spf2.0, pra) is none. libspf2 without -sender aborts:
                    here -helo is checked. Its options that change a policy (-local, -guess, ...) are refused.
  dkimverify        dkimpy's: a message on standard input. Exit codes: 0 signature ok, 1 signature verification failed,
                    2 usage. Where dkimpy ends in a traceback, this says that verification failed. Unlike dkimpy it
                    heeds h= of the key, and takes no SHA-1.
  opendkim-testkey  -d DOMAIN -s SELECTOR [-k FILE] [-v]... [-x FILE]. Exit codes: 0 the key can be used, 65 keys do not
                    match, 69 no usable key, 71 no such file, 78 usage. Unlike the original it asks the system's
                    resolvers, tells a failure of DNS from a missing record, and does not call a key OK that no verifier
                    can read.
  smtpctl           spf walk: domains on standard input, networks on standard output, exit code 0. Unlike the original it
                    lists ip6 networks, keeps the order of the records, does not join two records, and says on standard
                    error what cannot be listed.

Examples:
  mailproof compat spfquery --scope mfrom --id user@example.com --ip 192.0.2.1 --helo-id mx.example.com
  mailproof compat --server 127.0.0.1:5353 opendkim-testkey -d example.com -s 2026a -vvv
  ln -s \"$(command -v mailproof)\" /usr/local/bin/dkimverify && dkimverify <message.eml";

/// The names a link may have.
const NAMES: [&str; 7] = [
    "dkimverify",
    "opendkim-testkey",
    "smtpctl",
    "smtpctl-spf-walk",
    "spfquery",
    "spfquery.libspf2",
    "spfquery.mail-spf-perl",
];

/// The arguments of the process; those of `mailproof compat`, when it was called by the name of a tool.
pub(crate) fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let given: Vec<OsString> = given.collect();
    let called = given.first().and_then(|path| Path::new(path).file_name()).and_then(|name| name.to_str());
    let Some(name) = called.filter(|name| NAMES.contains(name)) else {
        return given;
    };
    let options = std::env::var(OPTIONS_VARIABLE).unwrap_or_default();
    let mut arguments: Vec<OsString> = vec!["mailproof".into(), "compat".into()];
    arguments.extend(options.split_whitespace().map(OsString::from));
    arguments.push(name.into());
    arguments.extend(given.into_iter().skip(1));
    arguments
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Unreadable> {
    let Tool::Named(words) = &arguments.tool;
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (name, words) = words.split_first().map_or(("", &[][..]), |(name, words)| (name.as_str(), words));
    let source = &arguments.source;
    let code = match name {
        "dkimverify" => dkimverify::run(source, words)?,
        "opendkim-testkey" => testkey::run(source, words)?,
        "smtpctl" => match words {
            [spf, walk, rest @ ..] if spf == "spf" && walk == "walk" => smtpctl::walk(source, rest)?,
            _ => smtpctl::refuse(),
        },
        "smtpctl-spf-walk" => smtpctl::walk(source, words)?,
        "spfquery" if libspf2::is_meant(words) => libspf2::run(source, words)?,
        "spfquery" | "spfquery.mail-spf-perl" => mail_spf::run(source, words)?,
        "spfquery.libspf2" => libspf2::run(source, words)?,
        unknown => crate::refuse_usage(&format!("no tool {unknown:?} to stand in for: {}", NAMES.join(", "))),
    };
    Ok(ExitCode::from(code))
}

/// A line of a tool on standard error.
fn say(text: &str) {
    terminal::tell(&format!("{}\n", terminal::visible(text)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments_of(words: &[&str]) -> Vec<OsString> {
        arguments(words.iter().map(OsString::from))
    }

    #[test]
    fn the_name_it_is_called_by_decides() {
        assert_eq!(arguments_of(&["/usr/bin/mailproof", "spf"]), ["/usr/bin/mailproof", "spf"]);
        assert_eq!(arguments_of(&["/opt/bin/spfquery", "-V"]), ["mailproof", "compat", "spfquery", "-V"]);
        assert_eq!(arguments_of(&[]), Vec::<OsString>::new());
    }
}

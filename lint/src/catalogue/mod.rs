//! Every check there is, as data: what `explain` prints and the manual's page is made of.

mod dkim;
mod dmarc;
mod dns;
mod spf;

use std::fmt::{self, Write as _};

/// A check: an id that stays, what it finds, and what follows from it.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub family: Family,
    /// Its number within the family.
    pub number: u16,
    /// How bad a finding is.
    pub severity: Severity,
    /// What is found, in a few words.
    pub title: &'static str,
    /// What receivers will do.
    pub effect: &'static str,
    /// How it is mended.
    pub fix: &'static str,
    /// Where the standards speak of it.
    pub source: &'static str,
}

/// What a check is about; the first half of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// SPF records.
    Spf,
    /// DKIM key records and signatures.
    Dkim,
    /// DMARC records.
    Dmarc,
    /// DNS itself, mail exchanges, and names of addresses.
    Dns,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Hygiene: works everywhere.
    Info,
    /// Receivers differ, or something is at risk.
    Warning,
    /// Broken now.
    Error,
}

/// The checks of a family, in the order of their numbers, which begin with 1.
pub const fn checks(family: Family) -> &'static [Check] {
    match family {
        Family::Dkim => dkim::CHECKS,
        Family::Dmarc => dmarc::CHECKS,
        Family::Dns => dns::CHECKS,
        Family::Spf => spf::CHECKS,
    }
}

/// Every check: SPF, DKIM, DMARC, DNS.
pub fn all() -> impl Iterator<Item = &'static Check> {
    Family::ALL.into_iter().flat_map(checks)
}

/// The check of this id, such as `SPF-001`, in any case and with or without zeros.
pub fn find(id: &str) -> Option<&'static Check> {
    let (family, number) = id.trim().rsplit_once('-')?;
    let family = Family::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(family))?;
    let number: u16 = number.parse().ok()?;
    checks(family).iter().find(|check| check.number == number)
}

/// The page of the manual: every check, in Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# What lint and audit find\n\n\
         <!-- Made from lint/src/catalogue: MAILPROOF_WRITE_MANUAL=1 cargo test -p mailproof-lint -->\n\n\
         An error is broken now; a warning is a risk, or receivers differ; an info is hygiene. `mailproof explain ID` \
         prints each of these.\n",
    );
    for family in Family::ALL {
        let _ = write!(page, "\n## {}\n", family.title());
        for check in checks(family) {
            let Check { severity, title, effect, fix, source, .. } = check;
            let _ = write!(
                page,
                "\n### {check}: {title}\n\n{severity} · {source}\n\n* What receivers do: {effect}.\n* What to do: {fix}.\n"
            );
        }
    }
    page
}

impl Family {
    /// A check of this family, as a row of the catalogue.
    const fn row(
        self,
        number: u16,
        severity: Severity,
        title: &'static str,
        effect: &'static str,
        fix: &'static str,
        source: &'static str,
    ) -> Check {
        Check { family: self, number, severity, title, effect, fix, source }
    }

    /// Every family, in the order of the catalogue.
    pub const ALL: [Self; 4] = [Self::Spf, Self::Dkim, Self::Dmarc, Self::Dns];

    /// The first half of the ids.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dkim => "DKIM",
            Self::Dmarc => "DMARC",
            Self::Dns => "DNS",
            Self::Spf => "SPF",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Dkim => "DKIM",
            Self::Dmarc => "DMARC",
            Self::Dns => "DNS, MX and PTR",
            Self::Spf => "SPF",
        }
    }

    /// The check of a number that the catalogue holds; tests see to it that no other is asked for.
    pub(crate) fn check(self, number: u16) -> &'static Check {
        const NONE: Check = Check {
            family: Family::Dns,
            number: 0,
            severity: Severity::Info,
            title: "",
            effect: "",
            fix: "",
            source: "",
        };
        let index = usize::from(number).checked_sub(1);
        index.and_then(|index| checks(self).get(index)).unwrap_or(&NONE)
    }
}

impl Severity {
    /// `error`, `warning` or `info`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

/// The id.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.family.word(), self.number)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

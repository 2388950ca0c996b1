//! Whom to tell of signatures that fail (RFC 6651).
//!
//! A signer asks with `r=y` in its signature and confirms it with a record at `_report._domainkey` below its domain.
//! [`look_up`] fetches those records for the signatures of a message that failed; [`Reporting`] is such a record, and
//! [`Reporting::wants`] says whether it asks for this failure. None of it changes a result (§3.3). Nobody looks them up
//! unless told to.
//!
//! Not here: choosing at random by `rp=`, and the report itself (RFC 6591).

use super::cause::{Forbidden, KeyFlaw, Malformed, Mismatch, Unavailable, Unusable};
use super::parse::{list, quoted_printable};
use super::verdict::{Outcome, Verdict};
use crate::dns::{self, Answer, Kind, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::message::is_local_part;
use crate::name::{MalformedName, Name};
use crate::tags::{MalformedTags, TagList};

/// Domains asked for one message at most; RFC 6651 §3.3 asks for an upper bound on its reports.
pub const DOMAINS: usize = 10;

/// Octets of `rs=` at most; the rest is cut off. With its code and a preface it fits a reply line of 512 octets (RFC 5321
/// §4.5.3.1.5).
const REPLY_OCTETS: usize = 400;

/// What a domain asks for when a signature of it fails (RFC 6651 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reporting {
    /// `ra=`: the local part of the address reports are for: a dot-string or a quoted string of printable ASCII (RFC 5321
    /// §4.1.2). The domain is that of the signature. `None`: no report is wanted.
    pub local_part: Option<Vec<u8>>,
    /// `rp=`: of how many failures in a hundred a report is wanted.
    pub percentage: u8,
    /// `rr=`: of which failures.
    pub kinds: Vec<ReportKind>,
    /// `rs=`: what the reply of a server that refuses the message should say, in printable ASCII: text of a third party.
    pub reply_text: Option<String>,
}

/// What a report may be about (RFC 6651 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReportKind {
    /// `d`: the key could not be had from DNS.
    Dns,
    /// `x`: the signature has expired.
    Expired,
    /// `o`: anything that no other kind covers.
    Other,
    /// `p`: a rule of the receiver.
    Policy,
    /// `s`: the syntax of the signature or of the key.
    Syntax,
    /// `u`: the signature holds tags that are not known, whatever it failed for.
    UnknownTags,
    /// `v`: the signature or the body hash does not verify.
    Verification,
}

/// A signature that failed and whose signer asks to be told (`r=y`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Which: [`Verdict::field`].
    pub field: usize,
    /// Why it failed.
    pub kind: ReportKind,
    /// Whether it holds tags that are not known.
    pub has_unknown_tags: bool,
}

/// What a domain whose signatures failed has to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// `d=`.
    pub domain: Name,
    /// Its signatures that failed, top to bottom.
    pub incidents: Vec<Incident>,
    /// What it asks for, or why nothing is sent.
    pub reporting: Result<Reporting, Silence>,
}

/// Why a domain is not told, although its signature asks for it (RFC 6651 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Silence {
    /// The record breaks the grammar.
    #[error("the reporting record is malformed: {0}")]
    Malformed(#[from] MalformedReporting),
    /// The name of the record would be too long.
    #[error("the name of the reporting record is too long")]
    Name(#[from] MalformedName),
    /// There is no record.
    #[error("there is no reporting record")]
    NoRecord,
    /// There are several.
    #[error("there are {count} reporting records; only one is allowed")]
    SeveralRecords {
        /// How many.
        count: usize,
    },
    /// DNS failed.
    #[error("reporting record unavailable: {}", .0.lookup())]
    Unavailable(Box<Unavailable>),
}

/// Why a text is no reporting record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedReporting {
    /// `ra=` is no local part.
    #[error("tag ra= is no local part")]
    LocalPart,
    /// `rp=` is no number from 0 to 100.
    #[error("tag rp= is no number from 0 to 100")]
    Percentage,
    /// `rr=` is empty, or has an empty element.
    #[error("tag rr= is no list of requests")]
    Requests,
    /// `rs=` is no quoted-printable text of printable ASCII.
    #[error("tag rs= is no text")]
    ReplyText,
    /// It is no tag list (RFC 6376 §3.2).
    #[error("{0}")]
    Tags(#[from] MalformedTags),
}

/// Begins to look up what the signers of failed signatures ask for. One question for each domain, all at once; of more than
/// [`DOMAINS`] those that are met first.
pub fn look_up(signatures: &[Verdict]) -> LookUp {
    let mut lookups: Vec<Lookup> = Vec::new();
    for signature in signatures {
        let (Some(domain), Some(incident)) = (&signature.domain, Incident::of(signature)) else {
            continue;
        };
        // RFC 6651 §3.3: one report to a domain at most for each message.
        if let Some(lookup) = lookups.iter_mut().find(|lookup| lookup.domain == *domain) {
            lookup.incidents.push(incident);
        } else if lookups.len() < DOMAINS {
            lookups.push(Lookup::new(domain, incident));
        }
    }
    LookUp { lookups }
}

/// Records that are being looked up.
#[derive(Clone, Debug)]
pub struct LookUp {
    lookups: Vec<Lookup>,
}

#[derive(Clone, Debug)]
struct Lookup {
    domain: Name,
    incidents: Vec<Incident>,
    question: Result<Question, MalformedName>,
    answer: Option<Answer>,
}

impl Incident {
    /// The incident that a verdict is; `None` for a pass, and without `r=y`.
    pub fn of(signature: &Verdict) -> Option<Self> {
        let kind = ReportKind::of(&signature.outcome).filter(|_| signature.wants_report)?;
        Some(Self { field: signature.field, kind, has_unknown_tags: signature.has_unknown_tags })
    }
}

impl ReportKind {
    /// Every kind, in the order of the variants.
    pub const ALL: [Self; 7] = [
        Self::Dns,
        Self::Expired,
        Self::Other,
        Self::Policy,
        Self::Syntax,
        Self::UnknownTags,
        Self::Verification,
    ];

    /// The token in `rr=`.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Dns => "d",
            Self::Expired => "x",
            Self::Other => "o",
            Self::Policy => "p",
            Self::Syntax => "s",
            Self::UnknownTags => "u",
            Self::Verification => "v",
        }
    }

    /// The kind of a failure; `None` for a pass.
    pub const fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Pass => None,
            Outcome::Fail(cause) => Some(Self::of_mismatch(cause)),
            Outcome::Policy(cause) => Some(Self::of_rule(cause)),
            Outcome::Neutral(cause) => Some(Self::of_malformed(cause)),
            Outcome::Temperror(_) => Some(Self::Dns),
            Outcome::Permerror(cause) => Some(Self::of_unusable(cause)),
        }
    }

    const fn of_mismatch(cause: &Mismatch) -> Self {
        match cause {
            Mismatch::BodyHash | Mismatch::BodyTooShort { .. } | Mismatch::Signature => Self::Verification,
            Mismatch::Expired => Self::Expired,
        }
    }

    const fn of_rule(cause: &Forbidden) -> Self {
        match cause {
            Forbidden::Future
            | Forbidden::HeaderOctets { .. }
            | Forbidden::PartialBody { .. }
            | Forbidden::SignatureWork { .. }
            | Forbidden::TooManyBodyHashes { .. }
            | Forbidden::TooManyFields { .. }
            | Forbidden::TooManyHeaderNames { .. }
            | Forbidden::TooManySignatures { .. } => Self::Policy,
        }
    }

    const fn of_malformed(cause: &Malformed) -> Self {
        match cause {
            // Well written, and not known to this verifier.
            Malformed::Algorithm
            | Malformed::Canonicalization
            | Malformed::QueryMethod
            | Malformed::Version => Self::Other,
            Malformed::Base64 { .. }
            | Malformed::BodyHashLength
            | Malformed::Domain(_)
            | Malformed::DomainShape
            | Malformed::Empty { .. }
            | Malformed::ExpiresTooEarly
            | Malformed::HeaderNames
            | Malformed::Identity
            | Malformed::Number { .. }
            | Malformed::Selector
            | Malformed::Tags(_) => Self::Syntax,
        }
    }

    const fn of_unusable(cause: &Unusable) -> Self {
        match cause {
            Unusable::NoKey(_) | Unusable::Key(KeyFlaw::Spf | KeyFlaw::Stray) => Self::Dns,
            Unusable::Key(KeyFlaw::Revoked | KeyFlaw::UnknownType)
            | Unusable::HashNotPermitted
            | Unusable::IdentityBelow
            | Unusable::OtherAlgorithm
            | Unusable::OtherService
            | Unusable::Sha1 => Self::Other,
            Unusable::KeyTooLong { .. } | Unusable::KeyTooShort { .. } => Self::Policy,
            Unusable::Key(
                KeyFlaw::Base64
                | KeyFlaw::Cut
                | KeyFlaw::Escaped
                | KeyFlaw::NotRsa
                | KeyFlaw::NotEd25519
                | KeyFlaw::NoKeyData
                | KeyFlaw::Pem
                | KeyFlaw::Private
                | KeyFlaw::Quoted
                | KeyFlaw::Tags(_)
                | KeyFlaw::Version,
            )
            | Unusable::FromNotSigned
            | Unusable::IdentityOutside
            | Unusable::MissingTag { .. } => Self::Syntax,
        }
    }
}

impl Finding {
    /// The signatures of which this domain wants to be told; one report may tell them all.
    pub fn wanted(&self) -> impl Iterator<Item = &Incident> {
        let reporting = self.reporting.as_ref().ok();
        self.incidents.iter().filter(move |incident| reporting.is_some_and(|asks| asks.wants(incident)))
    }
}

impl Reporting {
    /// Reads a record, its strings joined. Unknown tags are ignored.
    ///
    /// # Errors
    /// [`MalformedReporting`], when it breaks the grammar: then nothing is reported (RFC 6651 §3.3).
    pub fn parse(record: &[u8]) -> Result<Self, MalformedReporting> {
        let tags = TagList::parse(record)?;
        let reply_text = tags.value("rs").map(reply_text).transpose()?;
        // RFC 6651 §3.2: without ra= the tags rp= and rr= must be ignored.
        let Some(local_part) = tags.value("ra") else {
            return Ok(Self {
                local_part: None,
                percentage: 100,
                kinds: ReportKind::ALL.to_vec(),
                reply_text,
            });
        };
        let local_part = quoted_printable(local_part).filter(|text| is_local_part(text));
        Ok(Self {
            local_part: Some(local_part.ok_or(MalformedReporting::LocalPart)?),
            percentage: tags.value("rp").map_or(Ok(100), percentage)?,
            kinds: tags.value("rr").map_or(Ok(ReportKind::ALL.to_vec()), kinds)?,
            reply_text,
        })
    }

    /// Whether a report of this incident is asked for. What is left is to send it in [`Reporting::percentage`] of a hundred
    /// cases.
    pub fn wants(&self, incident: &Incident) -> bool {
        let names = |kind: ReportKind| self.kinds.contains(&kind);
        let is_named = names(incident.kind) || (incident.has_unknown_tags && names(ReportKind::UnknownTags));
        self.local_part.is_some() && self.percentage > 0 && is_named
    }

    /// The address that reports about a signature of `domain` are for, as octets of printable ASCII.
    pub fn address(&self, domain: &Name) -> Option<Vec<u8>> {
        let local_part = self.local_part.as_ref()?;
        Some([local_part, &b"@"[..], domain.as_str().as_bytes()].concat())
    }
}

impl Evaluation for LookUp {
    type Output = Vec<Finding>;

    fn step(&mut self, known: &dyn Known) -> Step<Vec<Finding>> {
        let mut open = Vec::new();
        for lookup in self.lookups.iter_mut().filter(|lookup| lookup.answer.is_none()) {
            let Ok(question) = &lookup.question else {
                continue;
            };
            lookup.answer = known.recall(question);
            if lookup.answer.is_none() {
                open.push(question.clone());
            }
        }
        if open.is_empty() {
            return Step::Done(self.lookups.iter().map(Lookup::finding).collect());
        }
        Step::Ask(open)
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        let asked = self.lookups.iter_mut().find(|lookup| lookup.question.as_ref() == Ok(&question));
        if let Some(lookup) = asked.filter(|lookup| lookup.answer.is_none()) {
            lookup.answer = Some(answer);
        }
    }
}

impl Lookup {
    fn new(domain: &Name, incident: Incident) -> Self {
        // RFC 6651 §3.3 step 2.
        let question = domain.child("_report._domainkey").map(|name| Question::new(name, Kind::Txt));
        Self { domain: domain.clone(), incidents: vec![incident], question, answer: None }
    }

    fn finding(&self) -> Finding {
        Finding {
            domain: self.domain.clone(),
            incidents: self.incidents.clone(),
            reporting: self.reporting(),
        }
    }

    /// RFC 6651 §3.3 steps 3 to 5.
    fn reporting(&self) -> Result<Reporting, Silence> {
        let question = self.question.as_ref().map_err(|cause| Silence::Name(*cause))?;
        let Some(answer) = &self.answer else {
            return Err(Silence::NoRecord);
        };
        if let dns::Outcome::Failed(failure) = answer.outcome() {
            return Err(Silence::Unavailable(Box::new(Unavailable::new(question, *failure, answer))));
        }
        match answer.txt() {
            [] => Err(Silence::NoRecord),
            [record] => Ok(Reporting::parse(record.octets())?),
            records => Err(Silence::SeveralRecords { count: records.len() }),
        }
    }
}

/// An integer from 0 to 100 in at most three digits.
fn percentage(value: &[u8]) -> Result<u8, MalformedReporting> {
    let is_number = (1..=3).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(value).ok().filter(|_| is_number);
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|number| *number <= 100);
    number.ok_or(MalformedReporting::Percentage)
}

/// RFC 6651 §5: requests that are not known are ignored.
fn kinds(value: &[u8]) -> Result<Vec<ReportKind>, MalformedReporting> {
    if list(value).any(<[u8]>::is_empty) {
        return Err(MalformedReporting::Requests);
    }
    let asks_for = |token: &str| list(value).any(|request| request.eq_ignore_ascii_case(token.as_bytes()));
    let is_all = asks_for("all");
    Ok(ReportKind::ALL.into_iter().filter(|kind| is_all || asks_for(kind.token())).collect())
}

fn reply_text(value: &[u8]) -> Result<String, MalformedReporting> {
    let is_printable = |octet: &u8| matches!(octet, b' '..=b'~');
    let mut text = quoted_printable(value)
        .filter(|text| text.iter().all(is_printable))
        .and_then(|text| String::from_utf8(text).ok())
        .ok_or(MalformedReporting::ReplyText)?;
    text.truncate(REPLY_OCTETS);
    Ok(text)
}

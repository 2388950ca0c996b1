//! Authorized third-party signatures (RFC 6541, an experiment): did the author's domain say that another one may sign for
//! it?
//!
//! A signature of `d=esp.example` with `atps=shop.example` claims to be made for `shop.example`. [`check`] asks DNS below
//! `_atps.shop.example` whether that is so, for signatures that verified and whose `atps=` is the author domain. RFC 6541
//! §5 lets a receiver treat such a message as if the author's domain had signed it; DMARC does not: alignment compares `d=`
//! alone (RFC 9989 §4.4.1).
//!
//! Not here: several authors. One author domain is compared, as DMARC does.

use super::cause::Unavailable;
use super::parse;
use super::verdict::Verdict as Signature;
use crate::crypto::{Sha256, sha1};
use crate::dns::{self, Answer, Kind, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::name::{MalformedName, Name};
use crate::tags::TagList;
use std::fmt;

/// For whom a signature was made, in its own words: `atps=` and `atpsh=` (RFC 6541 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delegation {
    /// `atps=`: the domain that is said to have authorized the signer.
    pub domain: Name,
    /// `atpsh=`: how the name of the signer is written in the query.
    pub hash: Result<NameHash, HashFlaw>,
}

/// How a name becomes a label (RFC 6541 §4.1). Nothing depends on the strength of the hash (§9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameHash {
    /// `none`: the name as it is.
    Plain,
    /// `sha1`, in base32.
    Sha1,
    /// `sha256`, in base32.
    Sha256,
}

/// Why a signature does not say how its signer is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum HashFlaw {
    /// No `atpsh=` (RFC 6541 §4.2: MUST be included).
    #[error("there is no atpsh=")]
    Missing,
    /// A hash that DKIM does not know (RFC 6541 §4.3).
    #[error("atpsh= names an unknown hash")]
    Unknown,
}

/// The result for one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The author domain.
    pub author_domain: Name,
    /// The result with its cause.
    pub outcome: Outcome,
    /// For `pass`: who signed, with the authorization of the author domain.
    pub signer: Option<Name>,
}

/// A result of RFC 6541 §8.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No signature that verified has an `atps=`.
    None,
    /// One of them is by somebody whom the author domain has authorized.
    Pass,
    /// None of them is.
    Fail(Unauthorized),
    /// DNS failed; later the result may be another.
    Temperror(Box<Unavailable>),
    /// No signature says what to ask for.
    Permerror(Unaskable),
}

/// Why nobody is authorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unauthorized {
    /// The author domain has no record that authorizes the signer.
    #[error("the author domain does not authorize the signer")]
    NoRecord,
    /// Every `atps=` names another domain than the author's (RFC 6541 §4.3: to be ignored).
    #[error("no signature is made for the author domain")]
    OtherDomain,
}

/// Why nothing can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unaskable {
    /// There is no usable `atpsh=`.
    #[error("{0}")]
    Hash(#[from] HashFlaw),
    /// The name to ask for would be too long, as a plain one may be.
    #[error("the name of the authorization is too long")]
    Name(#[from] MalformedName),
}

/// Begins to check what verified signatures claim, for a message of `author_domain`. It asks one question for each at
/// most; [`Policy::max_signatures`](super::Policy) bounds how many there are.
pub fn check(signatures: &[Signature], author_domain: Name) -> Check {
    let mut check = Check { author_domain, claims: Vec::new(), is_made_for_others: false };
    // RFC 6541 §4.3: only a signature that is verified and accepted.
    for signature in signatures.iter().filter(|signature| signature.outcome.is_pass()) {
        let (Some(signer), Some(delegation)) = (&signature.domain, &signature.delegation) else {
            continue;
        };
        if delegation.domain == check.author_domain {
            check.claim(signer, delegation);
        } else {
            check.is_made_for_others = true;
        }
    }
    check
}

/// A check under way.
#[derive(Clone, Debug)]
pub struct Check {
    author_domain: Name,
    claims: Vec<Claim>,
    /// Whether an `atps=` names somebody else.
    is_made_for_others: bool,
}

/// A signer, and where the authorization should be.
#[derive(Clone, Debug)]
struct Claim {
    signer: Name,
    question: Result<Question, Unaskable>,
    answer: Option<Answer>,
}

impl Check {
    /// Whether it asks anything.
    pub fn needs_records(&self) -> bool {
        self.claims.iter().any(|claim| claim.question.is_ok())
    }

    fn claim(&mut self, signer: &Name, delegation: &Delegation) {
        let question = question(signer, delegation);
        if self.claims.iter().all(|claim| claim.question != question) {
            self.claims.push(Claim { signer: signer.clone(), question, answer: None });
        }
    }

    /// The open questions, each once.
    fn open(&self) -> Vec<Question> {
        let open = self.claims.iter().filter(|claim| claim.answer.is_none());
        open.filter_map(|claim| claim.question.clone().ok()).collect()
    }

    fn verdict(&self) -> Verdict {
        let authorized = self.claims.iter().find(|claim| claim.is_authorized());
        Verdict {
            author_domain: self.author_domain.clone(),
            outcome: if authorized.is_some() { Outcome::Pass } else { self.without_authorization() },
            signer: authorized.map(|claim| claim.signer.clone()),
        }
    }

    fn without_authorization(&self) -> Outcome {
        // RFC 6541 §4.4: after an error "it is no longer possible to determine" it.
        if let Some(cause) = self.claims.iter().find_map(Claim::unavailable) {
            return Outcome::Temperror(Box::new(cause));
        }
        if self.needs_records() {
            return Outcome::Fail(Unauthorized::NoRecord);
        }
        match self.claims.iter().find_map(|claim| claim.question.as_ref().err()) {
            Some(cause) => Outcome::Permerror(*cause),
            None if self.is_made_for_others => Outcome::Fail(Unauthorized::OtherDomain),
            None => Outcome::None,
        }
    }
}

impl Evaluation for Check {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        for question in self.open() {
            if let Some(answer) = known.recall(&question) {
                self.answer(question, answer);
            }
        }
        let open = self.open();
        if open.is_empty() { Step::Done(self.verdict()) } else { Step::Ask(open) }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        let asked = self.claims.iter_mut().find(|claim| claim.question.as_ref() == Ok(&question));
        if let Some(claim) = asked.filter(|claim| claim.answer.is_none()) {
            claim.answer = Some(answer);
        }
    }
}

impl Claim {
    /// RFC 6541 §4.4: any record that is a valid reply.
    fn is_authorized(&self) -> bool {
        let Some(answer) = &self.answer else {
            return false;
        };
        answer.txt().iter().any(|record| authorizes(record.octets(), &self.signer))
    }

    fn unavailable(&self) -> Option<Unavailable> {
        let (Ok(question), Some(answer)) = (&self.question, &self.answer) else {
            return None;
        };
        let dns::Outcome::Failed(failure) = answer.outcome() else {
            return None;
        };
        Some(Unavailable::new(question, *failure, answer))
    }
}

/// RFC 6541 §4.4: a tag list whose `v=` is `ATPS1` and whose `d=`, if there is one, is the signer's.
fn authorizes(record: &[u8], signer: &Name) -> bool {
    let Ok(tags) = TagList::parse(record) else {
        return false;
    };
    let is_for_signer = |domain: &[u8]| Name::parse(domain).is_ok_and(|domain| domain == *signer);
    tags.value("v") == Some(b"ATPS1") && tags.value("d").is_none_or(is_for_signer)
}

/// RFC 6541 §4.3. A [`Name`] is in lower case already.
fn question(signer: &Name, delegation: &Delegation) -> Result<Question, Unaskable> {
    let signer = signer.as_str();
    let label = match delegation.hash? {
        NameHash::Plain => signer.to_owned(),
        NameHash::Sha1 => base32(sha1(signer.as_bytes()).as_ref()),
        NameHash::Sha256 => base32(&Sha256::of(signer.as_bytes())),
    };
    let name = delegation.domain.child(&format!("{label}._atps"))?;
    Ok(Question::new(name, Kind::Txt))
}

/// RFC 4648 §6, in lower case. RFC 6541 §4.3 leaves the padding out: `BASE32` is letters and digits.
fn base32(octets: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::with_capacity(octets.len().div_ceil(5) * 8);
    for group in octets.chunks(5) {
        let bits =
            group.iter().fold(0_u64, |bits, octet| bits << 8 | u64::from(*octet)) << (8 * (5 - group.len()));
        for place in 0..(group.len() * 8).div_ceil(5) {
            let digit =
                usize::try_from(bits >> (35 - 5 * place) & 31).ok().and_then(|digit| DIGITS.get(digit));
            text.extend(digit.map(|digit| char::from(*digit)));
        }
    }
    text
}

impl Delegation {
    /// Reads `atps=` and `atpsh=`; an `atps=` that is no domain name is none.
    pub(super) fn parse(domain: &[u8], hash: Option<&[u8]>) -> Option<Self> {
        let hash = match hash {
            None => Err(HashFlaw::Missing),
            Some(b"none") => Ok(NameHash::Plain),
            Some(b"sha1") => Ok(NameHash::Sha1),
            Some(b"sha256") => Ok(NameHash::Sha256),
            Some(_) => Err(HashFlaw::Unknown),
        };
        Some(Self { domain: parse::domain(domain).ok()?, hash })
    }
}

impl Outcome {
    /// The result as RFC 6541 §8.3 writes it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Temperror(_) => "temperror",
            Self::Permerror(_) => "permerror",
        }
    }

    /// The cause in words; `None` for a pass, and where there is nothing to judge.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::None | Self::Pass => None,
            Self::Fail(cause) => Some(cause.to_string()),
            Self::Temperror(cause) => Some(format!("authorization unavailable: {}", cause.lookup())),
            Self::Permerror(cause) => Some(cause.to_string()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

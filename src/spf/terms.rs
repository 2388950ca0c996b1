//! Mechanisms (RFC 7208 §5).

use super::cause::{Problem, Stop};
use super::check::Run;
use super::macros::{DomainSpec, Letter, Values};
use super::record::{Mechanism, Prefixes};
use crate::cidr::{v4_within, v6_within};
use crate::dns::{Answer, Kind, Mx, Outcome, Question, Records};
use crate::name::Name;
use std::net::{IpAddr, Ipv4Addr};

impl Run<'_> {
    /// Whether a mechanism of the record of `domain` matches the client.
    pub(super) fn matches(&mut self, mechanism: &Mechanism, domain: &Name) -> Result<bool, Stop> {
        if mechanism.asks() {
            self.spend_term()?;
        }
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. } => Ok(!mechanism.excludes(self.ip)),
            Mechanism::Include(target) => match self.target(target, domain)? {
                Some(target) => self.includes(target),
                None if self.never_matches(target) => Ok(false),
                None => Err(Problem::TargetMalformed.into()),
            },
            Mechanism::A { target, prefixes } => match self.target_or(target.as_ref(), domain)? {
                Some(target) => self.a(&target, *prefixes),
                None => Ok(false),
            },
            Mechanism::Mx { target, prefixes } => match self.target_or(target.as_ref(), domain)? {
                Some(target) => self.mx(&target, *prefixes),
                None => Ok(false),
            },
            Mechanism::Exists(target) => match self.target(target, domain)? {
                Some(target) => self.exists(target),
                None => Ok(false),
            },
            Mechanism::Ptr(target) => match self.target_or(target.as_ref(), domain)? {
                Some(target) => self.ptr(&target),
                None => Ok(false),
            },
        }
    }

    /// RFC 7208 §5.3.
    fn a(&mut self, target: &Name, prefixes: Prefixes) -> Result<bool, Stop> {
        let client = self.ip;
        let holds_client = |answer: &Answer| holds(answer, client, prefixes);
        self.query(|| Question::new(target.clone(), Kind::of_address(client)), true, holds_client)
    }

    /// RFC 7208 §5.4.
    fn mx(&mut self, target: &Name, prefixes: Prefixes) -> Result<bool, Stop> {
        // RFC 7208 §5.4: without MX records there is no falling back to the address of the name.
        let read = |answer: &Answer| answer.parsed(Exchanges::of);
        let hosts = self.query(|| Question::new(target.clone(), Kind::Mx), true, read)?;
        let limit = self.request.limits.mx_names;
        // RFC 7208 §4.6.4: an mx that would query more than 10 address records is a permerror. It is one before the
        // first of them is asked, whatever it would say: the verdict depends on the policy alone, not on which exchange
        // the client happens to be.
        if hosts.0.len() > limit {
            return Err(Problem::MxLimit { domain: target.clone(), count: hosts.0.len(), limit }.into());
        }
        let list = self.place();
        let first = self.resume();
        for (index, host) in hosts.0.iter().enumerate().skip(first) {
            self.reach(list, index);
            let void_counts = self.request.limits.void_mx_hosts;
            let client = self.ip;
            let holds_client = |answer: &Answer| holds(answer, client, prefixes);
            let question = || Question::new(host.clone(), Kind::of_address(client));
            if self.query(question, void_counts, holds_client)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// RFC 7208 §5.7: an A query, even for an IPv6 client.
    fn exists(&mut self, target: Name) -> Result<bool, Stop> {
        let is_found = |answer: &Answer| matches!(answer.outcome(), Outcome::Found(Records::A(_)));
        self.query(|| Question::new(target, Kind::A), true, is_found)
    }

    /// What is read from the answer to a query whose failure ends the evaluation (RFC 7208 §5), and whose emptiness may
    /// count (§4.6.4).
    fn query<T>(
        &mut self,
        question: impl FnOnce() -> Question,
        void_counts: bool,
        read: impl FnOnce(&Answer) -> T,
    ) -> Result<T, Stop> {
        let (question, answer) = self.learn(question)?;
        let is_void = match answer.outcome() {
            Outcome::Failed(failure) => {
                let extended_error = answer.details().extended_error.as_ref();
                return Err(Stop::temporary(question.clone(), *failure, extended_error));
            }
            Outcome::NoData | Outcome::NxDomain => true,
            Outcome::Found(_) => false,
        };
        let found = read(answer);
        if is_void && void_counts {
            self.state.spent.void_lookup(&self.request.limits)?;
        }
        Ok(found)
    }

    /// RFC 7208 §4.8: the target name; without a domain-spec, the domain of the record.
    fn target_or(&mut self, target: Option<&DomainSpec>, domain: &Name) -> Result<Option<Name>, Stop> {
        match target {
            Some(target) => self.target(target, domain),
            None => Ok(Some(domain.clone())),
        }
    }

    /// RFC 7208 §4.8, §7: the expanded target name. `None` when it is no domain name: such a term does not match,
    /// asks nothing and is no void lookup.
    pub(super) fn target(&mut self, target: &DomainSpec, domain: &Name) -> Result<Option<Name>, Stop> {
        if target.is_fixed() {
            return Ok(target.expand(&self.values(domain, None)));
        }
        self.note_personal(target);
        if self.never_matches(target) {
            return Ok(None);
        }
        let validated = self.validated_name_for(target.text(), domain)?;
        Ok(self.expanded(|run| target.expand(&run.values(domain, validated.as_ref()))))
    }

    /// RFC 7208 §7.3: results that a macro of the sender or the HELO name had a part in hold for this sender only.
    pub(super) fn note_personal(&mut self, target: &DomainSpec) {
        self.state.is_personal |= target.text().is_personal();
    }

    /// RFC 8616 §4: a term whose %{s} or %{l} would expand to a local part outside ASCII does not match.
    pub(super) fn never_matches(&self, target: &DomainSpec) -> bool {
        !self.sender.local_part(self.request).is_ascii()
            && (target.text().mentions(Letter::Sender) || target.text().mentions(Letter::LocalPart))
    }

    /// What macros stand for in the record of `domain`.
    pub(super) fn values<'v>(&'v self, domain: &'v Name, validated_name: Option<&'v Name>) -> Values<'v> {
        Values {
            ip: self.ip,
            local_part: self.sender.local_part(self.request),
            sender_domain: self.sender.domain(self.request),
            helo: &self.request.helo,
            domain,
            validated_name,
            receiver: self.request.receiver.as_ref(),
            now: self.request.now,
        }
    }
}

/// Whether a client is in the network of one of the addresses found.
pub(super) fn holds(answer: &Answer, client: IpAddr, prefixes: Prefixes) -> bool {
    match (answer.outcome(), client) {
        (Outcome::Found(Records::A(found)), IpAddr::V4(ip)) => {
            found.iter().any(|address| v4_within(ip, *address, prefixes.v4_bits()))
        }
        (Outcome::Found(Records::Aaaa(found)), IpAddr::V6(ip)) => {
            found.iter().any(|address| v6_within(ip, *address, prefixes.v6_bits()))
        }
        _ => false,
    }
}

/// The hosts of MX records. Preference means nothing to SPF, but sorted by it and by name, they give a verdict that
/// does not depend on the order of the answer.
pub(super) struct Exchanges(pub(super) Box<[Name]>);

impl Exchanges {
    pub(super) fn of(answer: &Answer) -> Self {
        let Outcome::Found(Records::Mx(records)) = answer.outcome() else {
            return Self(Box::default());
        };
        let mut records: Vec<&Mx> = records.iter().filter(|mx| is_host(&mx.exchange)).collect();
        records.sort_by(|a, b| (a.preference, &a.exchange).cmp(&(b.preference, &b.exchange)));
        Self(records.into_iter().map(|mx| mx.exchange.clone()).collect())
    }
}

/// Whether an exchange can be a host: not the root of a null MX (RFC 7505), not an address in place of a name.
fn is_host(exchange: &Name) -> bool {
    !exchange.is_root() && exchange.as_str().parse::<Ipv4Addr>().is_err()
}

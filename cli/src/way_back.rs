//! Whether mail can be sent back to the domain of MAIL FROM. No protocol of authentication asks that, but large receivers
//! defer mail that cannot be answered (451), and its sender sees nothing else.

use mailproof::Name;
use mailproof::dns::{Kind, Outcome, Question, Records, blocking};

/// What DNS says of the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayBack {
    /// There is a mail exchange, or an address in place of one (RFC 5321 §5.1).
    Open,
    /// There is none.
    Closed(Closure),
    /// DNS did not tell.
    Unknown,
}

/// Why nothing can be sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Closure {
    #[error("has neither an MX nor an address record")]
    NoHost,
    #[error("says that it takes no mail (null MX)")]
    NullMx,
    #[error("does not exist (NXDOMAIN)")]
    NxDomain,
}

impl WayBack {
    pub(crate) fn of(domain: &Name, resolver: &dyn blocking::Resolver) -> Self {
        let answer = resolver.resolve(&Question::new(domain.clone(), Kind::Mx));
        match answer.outcome() {
            Outcome::Failed(_) => Self::Unknown,
            Outcome::NxDomain => Self::Closed(Closure::NxDomain),
            // RFC 7505 §3.
            Outcome::Found(Records::Mx(records)) if records.iter().all(|mx| mx.exchange.is_root()) => {
                Self::Closed(Closure::NullMx)
            }
            Outcome::Found(_) => Self::Open,
            Outcome::NoData => Self::by_address(domain, resolver),
        }
    }

    fn by_address(domain: &Name, resolver: &dyn blocking::Resolver) -> Self {
        let questions = [Kind::A, Kind::Aaaa].map(|kind| Question::new(domain.clone(), kind));
        let answers = resolver.resolve_all(&questions);
        if answers.iter().any(|answer| matches!(answer.outcome(), Outcome::Found(_))) {
            Self::Open
        } else if answers.iter().any(|answer| matches!(answer.outcome(), Outcome::Failed(_))) {
            Self::Unknown
        } else {
            Self::Closed(Closure::NoHost)
        }
    }

    /// `mail_from_resolvable` of a report; `None` when it is not known.
    pub(crate) const fn is_open(self) -> Option<bool> {
        match self {
            Self::Open => Some(true),
            Self::Closed(_) => Some(false),
            Self::Unknown => None,
        }
    }
}

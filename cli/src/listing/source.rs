//! The policy that is listed: of a domain, or a text that may not be published yet.

use crate::Exit;
use crate::context::Context;
use crate::input::{Unreadable, domain_name};
use crate::resolve::{Dns, Source};
use crate::terminal;
use mailproof::Name;
use mailproof::dns::{Override, Zone, blocking};
use mailproof::eval::Evaluation;
use mailproof::spf::{self, Content, Listing, Policy, Trouble};

/// Whose policy a text is when nobody says: nothing is published there (RFC 2606 §2).
const NOBODY: &str = "policy.invalid";

/// Lists the policy of a domain.
pub(super) fn of_domain(source: &Source, domain: &str) -> Result<Listing, Unreadable> {
    of_name(&source.open()?, domain_name(domain)?)
}

/// The same where DNS is open.
pub(super) fn of_name(dns: &Dns<'_>, name: Name) -> Result<Listing, Unreadable> {
    let context = Context::new("spf walk", dns.time_of(None)).with("subject", &name);
    dns.run(spf::walk(name), context)
}

/// Lists a policy as if it were published at `domain`.
pub(super) fn of_text(dns: &Dns<'_>, text: &str, domain: Option<&str>) -> Result<Listing, Unreadable> {
    let name = domain_name(domain.unwrap_or(NOBODY))?;
    let mut zone = Zone::new();
    zone.assign(&format!("{name}={text}")).map_err(|error| Unreadable::Dns(error.to_string()))?;
    let context = Context::new("spf walk", dns.time_of(None)).with("subject", text);
    let walk = spf::walk(name);
    dns.ask(context, |resolver| {
        let laid_over: &dyn blocking::Resolver = &Override::new(zone, resolver);
        walk.run_blocking(laid_over)
    })
}

/// How complete a listing is, in words a shell understands.
pub(crate) fn exit_of(listing: &Listing) -> Exit {
    let mut gaps = Gaps::default();
    gaps.look_into(&listing.policy);
    match gaps {
        Gaps { temporary: true, .. } => Exit::Undecided,
        Gaps { permanent: true, .. } => Exit::Bad,
        Gaps { temporary: false, permanent: false } => Exit::Good,
    }
}

/// Says on standard error how many lookups the policy wants, where that is more than it may.
pub(super) fn complain_of_lookups(listing: &Listing) {
    let spf::Limits { terms, void_lookups, .. } = spf::Limits::default();
    if listing.lookups > terms {
        terminal::complain(&format!(
            "{}: {} terms ask DNS and {terms} may; whoever is listed beyond them gets permerror",
            listing.policy.domain, listing.lookups
        ));
    }
    if listing.void_lookups > void_lookups {
        terminal::complain(&format!(
            "{}: {} terms find nothing and {void_lookups} may; whoever is listed beyond them gets permerror",
            listing.policy.domain, listing.void_lookups
        ));
    }
}

/// What a listing does not hold.
#[derive(Default)]
struct Gaps {
    temporary: bool,
    permanent: bool,
}

impl Gaps {
    fn look_into(&mut self, policy: &Policy) {
        match &policy.terms {
            Err(trouble) => self.note(trouble),
            Ok(terms) => terms.iter().for_each(|listed| match &listed.content {
                Content::Policy(policy) => self.look_into(policy),
                Content::Trouble(trouble) => self.note(trouble),
                Content::Unlistable(_) => self.permanent = true,
                _ => {}
            }),
        }
    }

    const fn note(&mut self, trouble: &Trouble) {
        if trouble.is_temporary() {
            self.temporary = true;
        } else {
            self.permanent = true;
        }
    }
}

//! Where DNS comes from.

use crate::boundary::{Refusal, enter, handle, text};
use crate::context::Settings;
use crate::lookup::Lookup;
use crate::{Context, Status};
use mailproof::dns::{Answer, Cache, Known, Question, Zone};
use mailproof::resolver::{Blocking, Cached, NoServers, Options, Server, Servers, Stub};
use std::ffi::c_char;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where DNS is to come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Lookup(Lookup),
    Network(Servers),
    Steps,
    Zone(Zone),
}

/// Where DNS comes from.
pub(crate) enum Dns {
    Lookup(Cached<Lookup>),
    Network(Box<Blocking<Cached<Stub>>>),
    Steps(Shelf),
    Zone(Zone),
}

/// What was answered before, for checks that are answered from outside.
pub(crate) struct Shelf {
    cache: Arc<Cache>,
    since: Instant,
}

impl Dns {
    pub(crate) fn open(settings: &Settings, cache: Arc<Cache>) -> Result<Self, Refusal> {
        Ok(match &settings.source {
            Source::Lookup(lookup) => {
                Self::Lookup(Cached::new(lookup.trusting(settings.options.trust_ad), cache))
            }
            Source::Network(servers) => {
                let stub = stub(&settings.options, servers)?;
                let blocking = Blocking::new(Cached::new(stub, cache))
                    .map_err(|error| Refusal::new(Status::System, error.to_string()))?;
                Self::Network(Box::new(blocking))
            }
            Source::Steps => Self::Steps(Shelf { cache, since: Instant::now() }),
            Source::Zone(zone) => Self::Zone(zone.clone()),
        })
    }

    /// What can be told without waiting.
    pub(crate) fn known(&self) -> &dyn Known {
        use mailproof::dns::blocking::Resolver as _;
        match self {
            Self::Lookup(lookup) => lookup.known(),
            Self::Network(network) => network.known(),
            Self::Steps(shelf) => shelf,
            Self::Zone(zone) => zone,
        }
    }
}

impl Shelf {
    /// Keeps what was answered; gives the answer to use.
    pub(crate) fn keep(&self, question: Question, answer: Answer) -> Answer {
        self.cache.store(question, answer, self.now())
    }

    fn now(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Known for Shelf {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.cache.recall(question, self.now())
    }

    fn source(&self) -> Option<&mailproof::dns::Source> {
        Some(self.cache.source())
    }
}

fn stub(options: &Options, servers: &Servers) -> Result<Stub, Refusal> {
    let options = Options { servers: servers.clone(), ..options.clone() };
    Stub::new(options).map_err(|error| {
        let status = match &error {
            NoServers::NotBuilt(_) => Status::Unsupported,
            NoServers::Empty => Status::Invalid,
            _ => Status::System,
        };
        Refusal::new(status, error.to_string())
    })
}

/// Lets checks wait for answers from outside, which is the default: they never block, ask nobody, and say
/// `MAILPROOF_NEED_DNS`. See `mailproof_check_question`.
///
/// @param context  The context; no check may have been made yet.
/// @return         `MAILPROOF_OK`; `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_use_steps(context: *mut Context) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        context.configure(|settings| {
            settings.source = Source::Steps;
            Ok(Status::Ok)
        })
    })
}

/// Lets checks ask the recursive servers of the system's configuration, through the resolver built in.
/// `mailproof_check_finish` then blocks until all is answered, or the time allowed is over.
///
/// The first check starts one thread, which does not survive a `fork`: make that check afterwards.
///
/// @param context  The context; no check may have been made yet.
/// @return         `MAILPROOF_OK`; `MAILPROOF_SYSTEM` when the configuration names nobody; `MAILPROOF_STATE` once a check was
///                 made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_use_system_dns(context: *mut Context) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        context.configure(|settings| use_network(settings, Servers::System))
    })
}

/// The same with recursive servers that are named.
///
/// @param context  The context; no check may have been made yet.
/// @param servers  IP addresses, each perhaps with a port, such as `192.0.2.53` or `[2001:db8::53]:5353`, in the order in which
///                 they are asked, with spaces or commas between them; `servers_len` octets. `tcp://` in front asks over TCP
///                 alone; `tls://` and `https://` are known where `mailproof_has_feature("encrypted-dns")`.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` for what is no such list; `MAILPROOF_UNSUPPORTED`; `MAILPROOF_STATE` once
///                 a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_use_dns_servers(
    context: *mut Context,
    servers: *const c_char,
    servers_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (context, servers) = unsafe { (handle(context)?, text(servers, servers_len)?) };
        let list: Result<Vec<Server>, _> =
            servers.split([' ', ',']).filter(|server| !server.is_empty()).map(str::parse).collect();
        let list = list.map_err(|error| Refusal::invalid(error.to_string()))?;
        context.configure(|settings| use_network(settings, Servers::Given(list)))
    })
}

fn use_network(settings: &mut Settings, servers: Servers) -> Result<Status, Refusal> {
    stub(&settings.options, &servers)?;
    settings.source = Source::Network(servers);
    Ok(Status::Ok)
}

/// Lets checks take DNS from a zone alone: for tests, demonstrations and offline checks. Nothing waits.
///
/// @param context  The context; no check may have been made yet.
/// @param json     The zone, such as `{"example.com": {"TXT": ["v=spf1 -all"]}}`, in UTF-8; `json_len` octets.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` for what is no zone; `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_use_zone_json(
    context: *mut Context,
    json: *const c_char,
    json_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (context, json) = unsafe { (handle(context)?, text(json, json_len)?) };
        let zone = Zone::from_json(json).map_err(|error| Refusal::invalid(error.to_string()))?;
        context.configure(|settings| {
            settings.source = Source::Zone(zone);
            Ok(Status::Ok)
        })
    })
}

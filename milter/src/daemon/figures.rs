//! Figures for Prometheus. No label has a value that mail could choose.

use super::dns::Dns;
use mailproof::Report;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Seconds from the end of a message to its answer.
const SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0];

/// Everything counted.
pub(crate) struct Figures {
    registry: Registry,
    pub(crate) connections: Counter,
    pub(crate) open_connections: Gauge,
    messages: Family<Done, Counter>,
    results: Family<Found, Counter>,
    seconds: Histogram,
    questions: Counter,
    ended: Family<Ended, Counter>,
    tempfails: Family<Cause, Counter>,
    stripped: Counter,
    reloads: Family<Reload, Counter>,
    cache: Family<Kept, Gauge<f64, AtomicU64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Done {
    mode: &'static str,
    action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Found {
    method: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cause {
    cause: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reload {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kept {
    kind: &'static str,
}

impl Default for Figures {
    fn default() -> Self {
        let mut figures = Self {
            registry: Registry::with_prefix("mailproof"),
            connections: Counter::default(),
            open_connections: Gauge::default(),
            messages: Family::default(),
            results: Family::default(),
            seconds: Histogram::new(SECONDS),
            questions: Counter::default(),
            ended: Family::default(),
            tempfails: Family::default(),
            stripped: Counter::default(),
            reloads: Family::default(),
            cache: Family::default(),
        };
        figures.register();
        figures
    }
}

impl Figures {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("connections", "Connections of MTAs", self.connections.clone());
        registry.register("open_connections", "Connections open now", self.open_connections.clone());
        registry.register("messages", "Messages by mode and by what was done", self.messages.clone());
        registry.register("results", "Results by method; each signature counts", self.results.clone());
        registry.register(
            "answer_seconds",
            "Time from the end of a message to its answer",
            self.seconds.clone(),
        );
        registry.register("dns_questions", "DNS questions asked for messages", self.questions.clone());
        registry.register("connection_faults", "Connections closed for a fault", self.ended.clone());
        registry.register("tempfails", "Messages deferred by cause", self.tempfails.clone());
        registry.register("fields_removed", "Forged fields removed", self.stripped.clone());
        registry.register("reloads", "Configurations read again", self.reloads.clone());
        registry.register("dns_cache", "What the DNS cache holds and has done", self.cache.clone());
    }

    pub(crate) fn message(&self, mode: &'static str, action: &'static str, time: Duration) {
        self.messages.get_or_create(&Done { mode, action }).inc();
        self.seconds.observe(time.as_secs_f64());
    }

    pub(crate) fn report(&self, report: &Report) {
        let count = |method, result| {
            self.results.get_or_create(&Found { method, result }).inc();
        };
        for verdict in [&report.helo, &report.mail_from].into_iter().flatten() {
            count("spf", verdict.outcome.word());
        }
        if report.dkim.is_empty() {
            count("dkim", "none");
        }
        report.dkim.iter().for_each(|verdict| count("dkim", verdict.outcome.word()));
        count("dmarc", report.dmarc.outcome.word());
        self.questions.inc_by(u64::try_from(report.dns.questions).unwrap_or(0));
    }

    pub(crate) fn tempfail(&self, cause: &'static str) {
        self.tempfails.get_or_create(&Cause { cause }).inc();
    }

    pub(crate) fn removed(&self, fields: usize) {
        self.stripped.inc_by(u64::try_from(fields).unwrap_or(0));
    }

    pub(crate) fn fault(&self, why: &'static str) {
        self.ended.get_or_create(&Ended { why }).inc();
    }

    pub(crate) fn reload(&self, result: &'static str) {
        self.reloads.get_or_create(&Reload { result }).inc();
    }

    /// All of it, in the text format of OpenMetrics.
    pub(crate) fn text(&self, dns: &Dns) -> Result<String, fmt::Error> {
        if let Some(statistics) = dns.statistics() {
            let octets = u64::try_from(statistics.octets).unwrap_or(0);
            let entries = u64::try_from(statistics.entries).unwrap_or(0);
            for (kind, value) in [
                ("hits", statistics.hits),
                ("negative_hits", statistics.negative_hits),
                ("failure_hits", statistics.failure_hits),
                ("misses", statistics.misses),
                ("coalesced", statistics.coalesced),
                ("evictions", statistics.evictions),
                ("entries", entries),
                ("octets", octets),
            ] {
                let value = u32::try_from(value).map_or(f64::from(u32::MAX), f64::from);
                self.cache.get_or_create(&Kept { kind }).set(value);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Figures")
    }
}

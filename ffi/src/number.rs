//! Settings of a context that are numbers.

use crate::boundary::{Refusal, enter, give, handle};
use crate::context::Settings;
use crate::{Context, Status};
use mailproof::dmarc::Discovery;
use mailproof::dns::StaleSettings;
use std::time::Duration;

/// A setting that is a number. Switches are 0 and 1.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Answers the cache keeps at most. Default 262144; 0 keeps none.
    CacheEntries = 1,
    /// Octets of memory the cache takes at most. Default 67108864.
    CacheOctets = 2,
    /// Seconds an answer is kept at most, whatever its TTL. Default 86400.
    CacheTtlMax = 3,
    /// Seconds an answer beyond its TTL may still stand in when servers fail (RFC 8767). Default 0: never.
    CacheStale = 4,
    /// Milliseconds one server is waited for, by the built-in resolver. Default 3000.
    DnsTimeout = 16,
    /// How often a silent server is asked in all, by the built-in resolver; 1 to 10. Default 2.
    DnsAttempts = 17,
    /// Milliseconds that all questions of one check may take, with the built-in resolver. Default 20000.
    DnsTime = 18,
    /// Questions of one check at most; those beyond count as failed. Default 100.
    DnsQuestions = 19,
    /// Whether the AD bit of replies is believed: only where the servers validate and nobody can tamper with the path to
    /// them (RFC 6840 section 5.7). Default 0.
    DnsTrustAd = 20,
    /// Whether the built-in resolver asks in random case, which is harder to forge. Default 0.
    DnsMixedCase = 21,
    /// Terms of an SPF policy that may ask DNS (RFC 7208 section 4.6.4); at most 100. Default 10.
    SpfTerms = 32,
    /// Terms of an SPF policy whose query may find nothing. Default 2.
    SpfVoidLookups = 33,
    /// Bits of an RSA key at least; 1024 (RFC 8301 section 3.2) to 8192. Default 1024.
    DkimMinRsaBits = 48,
    /// Bits of an RSA key at most; 1024 to 8192. Default 4096 (RFC 8301 section 3.2).
    DkimMaxRsaBits = 49,
    /// Signatures evaluated at most. Default 10.
    DkimMaxSignatures = 50,
    /// Seconds that the clocks of signers may differ. Default 300.
    DkimClockSkew = 51,
    /// Whether a signature that leaves a part of the body unsigned (`l=`) is refused. Default 0.
    DkimRejectPartialBody = 52,
    /// Whether a signature made in the future is refused. Default 0.
    DkimRejectFuture = 53,
    /// How organizational domains are found: 0, by the tree walk of RFC 9989; 1, by the public suffix list (RFC 7489).
    /// Default 0.
    DmarcDiscovery = 64,
    /// Identifiers whose organizational domain is walked for at most. Default 10.
    DmarcWalks = 65,
    /// Whether the name of the client's address is looked for and confirmed (iprev, RFC 8601 section 3). Default 1.
    Iprev = 80,
    /// Whether the edits take away every Authentication-Results field, not only forged ones. Default 0.
    StripAll = 96,
    /// Whether the edits take away Received-SPF fields as well. Default 0.
    StripReceivedSpf = 97,
}

/// The setting as C names it.
const ALL: [(u32, Number); 23] = [
    (1, Number::CacheEntries),
    (2, Number::CacheOctets),
    (3, Number::CacheTtlMax),
    (4, Number::CacheStale),
    (16, Number::DnsTimeout),
    (17, Number::DnsAttempts),
    (18, Number::DnsTime),
    (19, Number::DnsQuestions),
    (20, Number::DnsTrustAd),
    (21, Number::DnsMixedCase),
    (32, Number::SpfTerms),
    (33, Number::SpfVoidLookups),
    (48, Number::DkimMinRsaBits),
    (49, Number::DkimMaxRsaBits),
    (50, Number::DkimMaxSignatures),
    (51, Number::DkimClockSkew),
    (52, Number::DkimRejectPartialBody),
    (53, Number::DkimRejectFuture),
    (64, Number::DmarcDiscovery),
    (65, Number::DmarcWalks),
    (80, Number::Iprev),
    (96, Number::StripAll),
    (97, Number::StripReceivedSpf),
];

const RSA_BITS: std::ops::RangeInclusive<u64> = 1024..=8192;

impl Number {
    fn named(key: u32) -> Result<Self, Refusal> {
        let known = ALL.into_iter().find(|(number, _)| *number == key);
        known.map(|(_, setting)| setting).ok_or_else(|| Refusal::invalid("no setting has this number"))
    }

    fn set(self, settings: &mut Settings, value: u64) -> Result<(), Refusal> {
        let Settings { authenticator, cache, options, .. } = settings;
        match self {
            Self::CacheEntries => cache.entries = size(value)?,
            Self::CacheOctets => cache.octets = size(value)?,
            Self::CacheTtlMax => cache.ttl = *cache.ttl.start()..=Duration::from_secs(value),
            Self::CacheStale => {
                let max_age = Duration::from_secs(value);
                cache.stale = (value > 0).then(|| StaleSettings { max_age, ..StaleSettings::default() });
            }
            Self::DnsTimeout => options.timeout = Duration::from_millis(within(value, 1..=600_000)?),
            Self::DnsAttempts => options.attempts = narrow(within(value, 1..=10)?)?,
            Self::DnsTime => settings.time = Duration::from_millis(within(value, 1..=86_400_000)?),
            Self::DnsQuestions => settings.questions = narrow(value)?,
            Self::DnsTrustAd => options.trust_ad = switch(value)?,
            Self::DnsMixedCase => options.mixed_case = switch(value)?,
            Self::SpfTerms => authenticator.spf.terms = narrow(within(value, 0..=100)?)?,
            Self::SpfVoidLookups => authenticator.spf.void_lookups = narrow(value)?,
            Self::DkimMinRsaBits => authenticator.dkim.min_rsa_bits = narrow(within(value, RSA_BITS)?)?,
            Self::DkimMaxRsaBits => authenticator.dkim.max_rsa_bits = narrow(within(value, RSA_BITS)?)?,
            Self::DkimMaxSignatures => authenticator.dkim.max_signatures = size(value)?,
            Self::DkimClockSkew => authenticator.dkim.clock_skew = value,
            Self::DkimRejectPartialBody => authenticator.dkim.reject_partial_body = switch(value)?,
            Self::DkimRejectFuture => authenticator.dkim.reject_future = switch(value)?,
            Self::DmarcDiscovery => {
                let by_list = switch(value)?;
                authenticator.dmarc.discovery =
                    if by_list { Discovery::PublicSuffixList } else { Discovery::TreeWalk };
            }
            Self::DmarcWalks => authenticator.dmarc.walks = size(value)?,
            Self::Iprev => authenticator.iprev = switch(value)?,
            Self::StripAll => settings.strips_all = switch(value)?,
            Self::StripReceivedSpf => settings.strips_received_spf = switch(value)?,
        }
        Ok(())
    }

    fn of(self, settings: &Settings) -> u64 {
        let Settings { authenticator, cache, options, .. } = settings;
        match self {
            Self::CacheEntries => wide(cache.entries),
            Self::CacheOctets => wide(cache.octets),
            Self::CacheTtlMax => cache.ttl.end().as_secs(),
            Self::CacheStale => cache.stale.map_or(0, |stale| stale.max_age.as_secs()),
            Self::DnsTimeout => millis(options.timeout),
            Self::DnsAttempts => options.attempts.into(),
            Self::DnsTime => millis(settings.time),
            Self::DnsQuestions => settings.questions.into(),
            Self::DnsTrustAd => options.trust_ad.into(),
            Self::DnsMixedCase => options.mixed_case.into(),
            Self::SpfTerms => authenticator.spf.terms.into(),
            Self::SpfVoidLookups => authenticator.spf.void_lookups.into(),
            Self::DkimMinRsaBits => authenticator.dkim.min_rsa_bits.into(),
            Self::DkimMaxRsaBits => authenticator.dkim.max_rsa_bits.into(),
            Self::DkimMaxSignatures => wide(authenticator.dkim.max_signatures),
            Self::DkimClockSkew => authenticator.dkim.clock_skew,
            Self::DkimRejectPartialBody => authenticator.dkim.reject_partial_body.into(),
            Self::DkimRejectFuture => authenticator.dkim.reject_future.into(),
            Self::DmarcDiscovery => (authenticator.dmarc.discovery == Discovery::PublicSuffixList).into(),
            Self::DmarcWalks => wide(authenticator.dmarc.walks),
            Self::Iprev => authenticator.iprev.into(),
            Self::StripAll => settings.strips_all.into(),
            Self::StripReceivedSpf => settings.strips_received_spf.into(),
        }
    }
}

fn within(value: u64, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, Refusal> {
    if bounds.contains(&value) { Ok(value) } else { Err(out_of_range()) }
}

fn narrow(value: u64) -> Result<u32, Refusal> {
    value.try_into().map_err(|_| out_of_range())
}

fn size(value: u64) -> Result<usize, Refusal> {
    value.try_into().map_err(|_| out_of_range())
}

fn switch(value: u64) -> Result<bool, Refusal> {
    Ok(within(value, 0..=1)? == 1)
}

fn out_of_range() -> Refusal {
    Refusal::invalid("the number is out of the range of this setting")
}

pub(crate) fn wide(value: usize) -> u64 {
    value.try_into().unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}

/// Sets a number.
///
/// @param context  The context; no check may have been made yet.
/// @param setting  Which: a `mailproof_number`.
/// @param value    The number.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` when the setting is unknown or the number out of its range;
///                 `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_set_number(
    context: *mut Context,
    setting: u32,
    value: u64,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        let number = Number::named(setting)?;
        context.configure(|settings| number.set(settings, value))?;
        Ok(Status::Ok)
    })
}

/// Tells a number that is set.
///
/// @param context  The context.
/// @param setting  Which: a `mailproof_number`.
/// @param value    Out: the number.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` when the setting is unknown.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_number(
    context: *const Context,
    setting: u32,
    value: *mut u64,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        let number = Number::named(setting)?.of(&*context.settings()?);
        // SAFETY: the caller vouches for the output.
        unsafe { give(value, number) };
        Ok(Status::Ok)
    })
}

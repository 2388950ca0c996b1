//! How messages are signed.

use super::Canonicalization;

/// RFC 6376 §5.4 and §8.15: fields of which a second one would be shown in place of the first, or that decide what
/// is shown.
const OVERSIGNED: [&str; 11] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Reply-To",
    "Sender",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// RFC 6376 §5.4.1; RFC 8058 §4 adds List-Unsubscribe-Post.
const SIGNED: [&str; 14] = [
    "Resent-Date",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Owner",
    "List-Archive",
];

/// The choices of a [`Signer`](super::Signer). The defaults are what a domain should use that has no wish of its own.
///
/// There is no choice to sign only a part of the body (`l=`): whoever may append to a message may replace what is
/// shown of it (RFC 6376 §8.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningOptions {
    /// Whether a lone CR or LF in a signed field or in the body is signed as it stands. The default is `false`: such
    /// a message is refused, because programs on its way turn these into line ends and break the signature (RFC
    /// 6376 §5.3). [`with_crlf`](crate::message::with_crlf) mends text from files.
    pub accept_lone_line_ends: bool,
    /// How the body may change (`c=`). The default is relaxed.
    pub body_canonicalization: Canonicalization,
    /// Whether the signed fields are copied into the signature (`z=`), for whoever looks for the cause when it does
    /// not verify. The default is `false`: copies make it large, and tell what a field said before it was changed.
    pub copy_header: bool,
    /// Seconds after which the signature expires (`x=`), counted from the time of signing; what would have more than 12
    /// digits is written as the last second of 12 (RFC 6376 §3.5). The default is `None`:
    /// never. Some days are enough for delivery and bound how long a message can be replayed (RFC 6376 §8.6).
    pub expires_after: Option<u64>,
    /// How header fields may change (`c=`). The default is relaxed.
    pub header_canonicalization: Canonicalization,
    /// On whose behalf the domain signs (`i=`): an address or `@domain`, whose domain is the signing domain or one
    /// below it, and whose local part has at most 64 octets. The default is `None`, which means the signing domain.
    pub identity: Option<String>,
    /// Names of fields of which every one is signed, and that none be added (RFC 6376 §5.4, §8.15). The default is
    /// From, To, Cc, Subject, Date, Reply-To, Sender, Message-ID, MIME-Version, Content-Type and
    /// Content-Transfer-Encoding.
    pub oversigned: Vec<String>,
    /// Whether failures should be reported to the signing domain (`r=y`, RFC 6651 §3.1). The default is `false`.
    pub request_reports: bool,
    /// Names of fields of which every one that is there is signed, besides those that are
    /// [oversigned](Self::oversigned). From is signed in any case. The default is Resent-Date, Resent-From,
    /// Resent-To, Resent-Cc, In-Reply-To, References, and List-Id, -Help, -Unsubscribe, -Unsubscribe-Post,
    /// -Subscribe, -Post, -Owner and -Archive (RFC 6376 §5.4.1, RFC 8058 §4).
    ///
    /// Fields that are changed or added on the way are refused by [`Signer::new`](super::Signer::new): Received,
    /// Return-Path, Authentication-Results, DKIM-Signature and all of ARC. Comments and Keywords are signed only
    /// when they are named here.
    pub signed: Vec<String>,
    /// Whether the time of signing is told (`t=`). The default is `true`.
    pub timestamp: bool,
}

impl Default for SigningOptions {
    fn default() -> Self {
        Self {
            accept_lone_line_ends: false,
            body_canonicalization: Canonicalization::Relaxed,
            copy_header: false,
            expires_after: None,
            header_canonicalization: Canonicalization::Relaxed,
            identity: None,
            oversigned: OVERSIGNED.map(Into::into).to_vec(),
            request_reports: false,
            signed: SIGNED.map(Into::into).to_vec(),
            timestamp: true,
        }
    }
}

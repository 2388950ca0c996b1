//! Mail made here, and the keys of the test data to sign it with.

use base64::Engine;
use mailproof::SigningKey;
use ring::signature::KeyPair;

const ED25519: &[u8] = include_bytes!("../../../tests/data/keys/ed25519.pk8");
const RSA_2048: &[u8] = include_bytes!("../../../tests/data/keys/rsa2048.pk8");
const RSA_2048_PUBLIC: &[u8] = include_bytes!("../../../tests/data/keys/rsa2048.spki");

pub(crate) const DOMAIN: &str = "example.com";

/// A key of the test data; its name is its selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Ed25519,
    Rsa2048,
}

impl Key {
    pub(crate) const ALL: [Self; 2] = [Self::Rsa2048, Self::Ed25519];

    pub fn selector(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa2048",
        }
    }

    pub(crate) fn pkcs8(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => ED25519,
            Self::Rsa2048 => RSA_2048,
        }
    }

    pub(crate) fn signing_key(self) -> SigningKey {
        SigningKey::from_der(self.pkcs8()).unwrap()
    }

    /// Where its record stands, and the record.
    pub fn record(self) -> (String, String) {
        let base64 = |octets: &[u8]| base64::engine::general_purpose::STANDARD.encode(octets);
        let record = match self {
            Self::Ed25519 => {
                let key = ring::signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(ED25519).unwrap();
                format!("v=DKIM1; k=ed25519; p={}", base64(key.public_key().as_ref()))
            }
            Self::Rsa2048 => format!("v=DKIM1; k=rsa; p={}", base64(RSA_2048_PUBLIC)),
        };
        (format!("{}._domainkey.{DOMAIN}", self.selector()), record)
    }
}

/// A message with `octets` of prose, not signed.
pub(crate) fn message(octets: usize) -> Vec<u8> {
    let mut message = header();
    let piece = prose(octets.min(1 << 20));
    while message.len() < octets {
        message.extend_from_slice(&piece);
    }
    message
}

/// A header section with the empty line after it.
pub fn header() -> Vec<u8> {
    format!(
        "Received: from mail.{DOMAIN} (mail.{DOMAIN} [192.0.2.25])\r\n\tby mx.example.org with ESMTPS id 4VqX0k3T\r\n\t\
         for <reader@example.org>; Fri, 20 Nov 2026 08:00:03 +0000\r\n\
         Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\
         From: Example Kitchen <kitchen@{DOMAIN}>\r\n\
         Reply-To: Kitchen Support <support@{DOMAIN}>\r\n\
         To: Reader <reader@example.org>\r\n\
         Subject: Bread for the weekend,\r\n  and what  to do with the crumbs\r\n\
         Message-ID: <20261120080000.1@mail.{DOMAIN}>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\
         List-Id: The weekly loaf <loaf.{DOMAIN}>\r\n\
         X-Mailer: kneader 3.1\r\n\r\n"
    )
    .into_bytes()
}

/// Lines of at most 76 columns: words of 2 to 11 letters with one space between them.
pub fn prose(octets: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = Vec::with_capacity(octets + 80);
    let mut column = 0;
    while text.len() < octets {
        let length = usize::try_from(2 + random(10)).unwrap();
        if column + 1 + length > 76 {
            text.extend_from_slice(b"\r\n");
            column = 0;
        } else if column > 0 {
            text.push(b' ');
            column += 1;
        }
        text.extend((0..length).map(|_| b'a' + u8::try_from(random(26)).unwrap()));
        column += length;
    }
    text.extend_from_slice(b"\r\n");
    text
}

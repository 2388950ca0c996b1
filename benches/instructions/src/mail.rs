//! What the cases work on.

/// Fields of a message, and the empty line.
pub(crate) const HEADER: &str = "Received: from mail.example.com (mail.example.com [192.0.2.25])\r\n\tby mx.example.org with ESMTPS id 4VqX0k3T\r\n\tfor <reader@example.org>; Fri, 20 Nov 2026 08:00:03 +0000\r\n\
    Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\
    From: Example Kitchen <kitchen@example.com>\r\n\
    Reply-To: Kitchen Support <support@example.com>\r\n\
    To: Reader <reader@example.org>\r\n\
    Subject: Bread for the weekend,\r\n  and what  to do with the crumbs\r\n\
    Message-ID: <20261120080000.1@mail.example.com>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=us-ascii\r\n\
    List-Id: The weekly loaf <loaf.example.com>\r\n\
    X-Mailer: kneader 3.1\r\n\r\n";

/// Lines of words of 1 to 11 letters, `between` between them and `after` at the end of a line.
pub(crate) fn prose(octets: usize, between: &str, after: &str) -> String {
    let words = [
        "a",
        "loaf",
        "of",
        "bread",
        "for",
        "the",
        "weekend",
        "and",
        "what",
        "to",
        "do",
        "with",
        "remaining",
        "crumbs",
    ];
    let mut text = String::new();
    let mut line = 0;
    for word in words.iter().cycle() {
        if text.len() >= octets {
            break;
        }
        text.push_str(word);
        line += word.len() + 1;
        if line > 66 {
            text.push_str(after);
            text.push_str("\r\n");
            line = 0;
        } else {
            text.push_str(between);
        }
    }
    text.push_str("end\r\n");
    text
}

pub(crate) const TRIVIAL: (&str, &str) = ("example.com", "v=spf1 ip4:192.0.2.0/24 -all");
/// A policy of macros, and what it asks for.
pub(crate) const MACROS: (&str, &str) =
    ("example.com", "v=spf1 exists:%{ir}.%{l1r-}.%{d2}._spf.example.com -all");
pub(crate) const EXISTING: &str = "25.2.0.192.kitchen.example.com._spf.example.com";
pub(crate) const HELO: (&str, &str) = ("mail.example.com", "v=spf1 ip4:192.0.2.25 -all");
pub(crate) const DMARC: (&str, &str) =
    ("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com");
pub(crate) const CHAIN: [(&str, &str); 5] = [
    ("example.com", "v=spf1 include:_spf.esp.example.net -all"),
    (
        "_spf.esp.example.net",
        "v=spf1 include:a.esp.example.net include:b.esp.example.net include:c.esp.example.net ~all",
    ),
    (
        "a.esp.example.net",
        "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 \
         ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip4:216.58.192.0/19 ~all",
    ),
    (
        "b.esp.example.net",
        "v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 \
         ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:104.47.0.0/17 ~all",
    ),
    (
        "c.esp.example.net",
        "v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:172.253.56.0/21 ip4:172.253.112.0/20 ip4:108.177.96.0/19 \
         ip4:35.191.0.0/16 ip4:130.211.0.0/22 ip4:167.89.0.0/17 ip4:208.117.48.0/20 ip4:192.0.2.0/24 ~all",
    ),
];

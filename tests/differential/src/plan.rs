//! What the signatures of a case say: with every liberty the grammar gives, and beside it.

use crate::random::Random;
use crate::signing::Key;

/// What a signature is to say.
pub struct Plan {
    pub key: Key,
    pub domain: String,
    pub selector: String,
    pub header_relaxed: bool,
    pub body_relaxed: bool,
    /// Whether `c=` says so; otherwise it is left out, where that means the same.
    pub canonicalization: Option<&'static str>,
    pub names: Vec<&'static str>,
    pub length: Option<i64>,
    pub others: Vec<(&'static str, String)>,
    pub algorithm: &'static str,
    pub version: &'static str,
}

impl Plan {
    pub fn any(random: &mut Random, tricks: &mut Vec<&'static str>, key: Key, selector: &str) -> Self {
        tricks.push(if key == Key::Rsa { "rsa" } else { "ed25519" });
        let algorithm = if key == Key::Rsa { "rsa-sha256" } else { "ed25519-sha256" };
        let (canonicalization, header_relaxed, body_relaxed) = match random.below(10) {
            0 => (None, false, false),
            1 => (Some("relaxed"), true, false),
            2 => (Some("simple"), false, false),
            3 | 4 => (Some("simple/simple"), false, false),
            5 => (Some("simple/relaxed"), false, true),
            6 => (Some("relaxed/simple"), true, false),
            _ => (Some("relaxed/relaxed"), true, true),
        };
        tricks.push(match (header_relaxed, body_relaxed) {
            (true, true) => "relaxed/relaxed",
            (true, false) => "relaxed/simple",
            (false, true) => "simple/relaxed",
            (false, false) => "simple/simple",
        });
        let mut plan = Self {
            key,
            domain: String::from("example.com"),
            selector: selector.into(),
            header_relaxed,
            body_relaxed,
            canonicalization,
            names: vec!["from"],
            length: None,
            others: Vec::new(),
            algorithm,
            version: "1",
        };
        plan.name_fields(random, tricks);
        plan.vary(random, tricks);
        plan
    }

    fn name_fields(&mut self, random: &mut Random, tricks: &mut Vec<&'static str>) {
        let names = [
            "To",
            "Subject",
            "subject",
            "Date",
            "Message-ID",
            "Comments",
            "Comments",
            "X-Empty",
            "X-White",
            "X-Folded",
            "X-Begins-Folded",
            "From",
            "X-Absent",
            "Received",
            "X-8Bit",
            "X-Space",
            "Content-Type",
            "MIME-Version",
            "Reply-To",
            "X-Long",
        ];
        for _ in 0..random.below(9) {
            let at = random.below(self.names.len() + 1);
            self.names.insert(at, random.pick(&names));
        }
        match random.below(60) {
            0 => {
                tricks.push("h-no-from");
                self.names.retain(|name| !name.eq_ignore_ascii_case("from"));
            }
            1 => {
                tricks.push("h-dkim-signature");
                self.names.push("DKIM-Signature");
            }
            2 => {
                tricks.push("h-empty-name");
                self.names.push("");
                self.names.push("to");
            }
            3 => {
                tricks.push("h-bad-name");
                self.names.push("b d");
            }
            4 => {
                tricks.push("h-many");
                self.names.extend(["subject"; 40]);
            }
            _ => {}
        }
    }

    fn vary(&mut self, random: &mut Random, tricks: &mut Vec<&'static str>) {
        let mut trick = |word| tricks.push(word);
        match random.below(70) {
            0 => {
                trick("l-exact");
                self.length = Some(0);
            }
            1 | 2 => {
                trick("l-short");
                self.length = Some(-1 - random.below(20) as i64);
            }
            3 => {
                trick("l-long");
                self.length = Some(1 + random.below(20) as i64);
            }
            4 => {
                trick("l-zero");
                self.length = Some(i64::MIN);
            }
            5 => {
                trick("x-past");
                self.others.extend([("t", "1500000000".into()), ("x", "1550000000".into())]);
            }
            6 => {
                trick("x-future");
                self.others.extend([("t", "1500000000".into()), ("x", "4000000000".into())]);
            }
            7 => {
                trick("x-before-t");
                self.others.extend([("t", "1600000000".into()), ("x", "1500000000".into())]);
            }
            8 => {
                trick("x-equals-t");
                self.others.extend([("t", "4000000000".into()), ("x", "4000000000".into())]);
            }
            9 => {
                trick("t-future");
                self.others.push(("t", "4000000000".into()));
            }
            10 => {
                trick("t-bad");
                self.others.push(("t", "yesterday".into()));
            }
            11 => {
                trick("x-bad");
                self.others.push(("x", "-1".into()));
            }
            12 => {
                trick("t-huge");
                self.others.push(("t", "999999999999".into()));
            }
            13 => {
                trick("i-same");
                self.others.push(("i", format!("joe@{}", self.domain)));
            }
            14 | 15 => {
                trick("i-below");
                self.others.push(("i", format!("joe@sub.{}", self.domain)));
            }
            16 => {
                trick("i-outside");
                self.others.push(("i", "joe@example.net".into()));
            }
            17 => {
                trick("i-suffix");
                self.others.push(("i", format!("joe@evil{}", self.domain)));
            }
            18 => {
                trick("i-empty-local");
                self.others.push(("i", format!("@{}", self.domain)));
            }
            19 => {
                trick("i-no-at");
                self.others.push(("i", self.domain.clone()));
            }
            20 => {
                trick("i-case");
                self.others.push(("i", "joe@EXAMPLE.com".into()));
            }
            21 => {
                trick("q-known");
                self.others.push(("q", "dns/txt".into()));
            }
            22 => {
                trick("q-list");
                self.others.push(("q", "dns/txt:other".into()));
            }
            23 => {
                trick("q-unknown");
                self.others.push(("q", "http/get".into()));
            }
            24 => {
                trick("q-dns");
                self.others.push(("q", "dns".into()));
            }
            25 => {
                trick("z");
                self.others.push(("z", "From:joe@example.com|Subject:a=20b".into()));
            }
            26 => {
                trick("unknown-tag");
                self.others.push(("zz", "value".into()));
            }
            27 => {
                trick("empty-tag");
                self.others.push(("n", String::new()));
            }
            28 => {
                trick("d-case");
                self.domain = "EXAMPLE.Com".into();
            }
            29 => {
                trick("d-dot");
                self.domain = "example.com.".into();
            }
            30 => {
                trick("d-single");
                self.domain = "localhost".into();
            }
            31 => {
                trick("d-underscore");
                self.domain = "a_b.example.com".into();
            }
            32 => {
                trick("s-dots");
                self.selector.push_str(".two");
            }
            33 => {
                trick("a-case");
                self.algorithm = if self.key == Key::Rsa { "RSA-SHA256" } else { "Ed25519-SHA256" };
            }
            34 => {
                trick("a-sha1");
                self.algorithm = "rsa-sha1";
            }
            35 => {
                trick("a-unknown");
                self.algorithm = "rsa-sha512";
            }
            36 => {
                trick("a-other");
                self.algorithm = if self.key == Key::Rsa { "ed25519-sha256" } else { "rsa-sha256" };
            }
            37 => {
                trick("v-2");
                self.version = "2";
            }
            38 => {
                trick("v-dot");
                self.version = "1.0";
            }
            39 => {
                trick("v-none");
                self.version = "";
            }
            40 => {
                trick("c-case");
                self.canonicalization = Some("Relaxed/Relaxed");
                (self.header_relaxed, self.body_relaxed) = (true, true);
            }
            41 => {
                trick("c-unknown");
                self.canonicalization = Some("nofws");
            }
            42 => {
                trick("l-bad");
                self.others.push(("l", "x".into()));
            }
            43 => {
                trick("l-huge");
                self.others.push(("l", "9".repeat(76)));
            }
            44 => {
                trick("l-twice");
                self.length = Some(0);
                self.others.push(("l", "1".into()));
            }
            45 => {
                trick("d-twice");
                self.others.push(("d", "example.net".into()));
            }
            46 => {
                trick("upper-tag");
                self.others.push(("D", "example.net".into()));
            }
            47 => {
                trick("s-domainkey");
                self.selector = "s1._domainkey".into();
            }
            _ => {}
        }
    }
}

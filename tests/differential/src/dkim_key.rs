//! The key records of a case, as they should be and otherwise.

use crate::dkim::Case;
use crate::plan::Plan;
use crate::random::Random;
use crate::signing::{Key, Keys};
use crate::zone::Data;

impl Case {
    /// Puts the key record where it is looked for.
    pub fn publish(&mut self, random: &mut Random, plan: &Plan, key: Key) {
        let name = format!("{}._domainkey.{}", plan.selector, plan.domain).to_ascii_lowercase();
        let (public, kind) = match key {
            Key::Ed25519 => (Keys::get().ed25519_public.clone(), "ed25519"),
            Key::Rsa => (Keys::get().rsa_public.clone(), "rsa"),
        };
        let mut data = public;
        let mut tags: Vec<(String, String)> = vec![("v".into(), "DKIM1".into()), ("k".into(), kind.into())];
        let mut separator = "; ";
        match random.below(60) {
            0 => {
                self.trick("key-no-version");
                tags.remove(0);
            }
            1 => {
                self.trick("key-version-late");
                tags.swap(0, 1);
            }
            2 => {
                self.trick("key-version-other");
                tags[0].1 = "DKIM2".into();
            }
            3 => {
                self.trick("key-version-case");
                tags[0].1 = "dkim1".into();
            }
            4 => {
                self.trick("key-no-type");
                tags.remove(1);
            }
            5 => {
                self.trick("key-type-unknown");
                tags[1].1 = "dsa".into();
            }
            6 => {
                self.trick("key-type-case");
                tags[1].1 = kind.to_ascii_uppercase();
            }
            7 => {
                self.trick("key-hash-256");
                tags.push(("h".into(), "sha1:sha256".into()));
            }
            8 => {
                self.trick("key-hash-1");
                tags.push(("h".into(), "sha1".into()));
            }
            9 => {
                self.trick("key-hash-unknown");
                tags.push(("h".into(), "sha512 : sha256".into()));
            }
            10 => {
                self.trick("key-service-mail");
                tags.push(("s".into(), "email".into()));
            }
            11 => {
                self.trick("key-service-any");
                tags.push(("s".into(), "other:*".into()));
            }
            12 => {
                self.trick("key-service-other");
                tags.push(("s".into(), "tlsrpt".into()));
            }
            13 => {
                self.trick("key-testing");
                tags.push(("t".into(), "y".into()));
            }
            14 | 15 => {
                self.trick("key-strict");
                tags.push(("t".into(), "s".into()));
            }
            16 => {
                self.trick("key-note");
                tags.push(("n".into(), "a note=with = signs".into()));
            }
            17 => {
                self.trick("key-unknown-tag");
                tags.push(("zz".into(), "1".into()));
            }
            18 => {
                self.trick("key-duplicate");
                tags.push(("k".into(), kind.into()));
            }
            19 => {
                self.trick("key-revoked");
                data.clear();
            }
            20 => {
                self.trick("key-broken");
                data.insert(10, '!');
            }
            21 => {
                self.trick("key-spaced");
                data.insert_str(20, " \t ");
            }
            22 => {
                self.trick("key-unpadded");
                data = data.trim_end_matches('=').into();
            }
            23 => {
                self.trick("key-short");
                data.truncate(data.len() / 8 * 4);
            }
            24 => {
                self.trick("key-pkcs1");
                if key == Key::Rsa {
                    data = Keys::get().rsa_pkcs1.clone();
                }
            }
            25 => {
                self.trick("key-semicolons");
                separator = ";";
            }
            26 => {
                self.trick("key-empty-tag");
                separator = " ; ; ";
            }
            27 => {
                self.trick("key-other-key");
                data = Keys::get().rsa_512.clone();
                tags[1].1 = "rsa".into();
            }
            28 => {
                self.trick("key-wrong-kind");
                tags[1].1 = if kind == "rsa" { "ed25519" } else { "rsa" }.into();
            }
            _ => {}
        }
        if random.chance(95) {
            tags.push(("p".into(), data));
        } else {
            // RFC 6376 §3.2: tags may stand in any order.
            let at = tags.len().min(1);
            tags.insert(at, ("p".into(), data));
        }
        let equals = if random.chance(4) {
            self.trick("key-spaces");
            " = "
        } else {
            "="
        };
        let mut record = tags
            .iter()
            .map(|(name, value)| format!("{name}{equals}{value}"))
            .collect::<Vec<_>>()
            .join(separator)
            .into_bytes();
        if random.chance(20) {
            record.push(b';');
        }
        if random.chance(3) {
            self.trick("key-mutated");
            random.mutate(&mut record, b"; =:\tvkpDKIM1");
        }
        let strings: Vec<Vec<u8>> =
            record.chunks(if random.chance(10) { 100 } else { 255 }).map(Vec::from).collect();
        match random.below(60) {
            0 => {
                self.trick("key-fails");
                return self.zone.add(&name, Data::Fails);
            }
            1 => {
                self.trick("key-absent");
                return;
            }
            2 => {
                self.trick("key-nothing");
                return self.zone.add(&name, Data::Nothing);
            }
            3 => {
                self.trick("key-second-first");
                self.zone.add(&name, Data::Txt(vec![b"v=spf1 -all".to_vec()]));
            }
            4 => {
                self.trick("key-other-first");
                self.zone.add(
                    &name,
                    Data::Txt(vec![format!("v=DKIM1; k=rsa; p={}", Keys::get().rsa_4096).into_bytes()]),
                );
            }
            _ => {}
        }
        self.zone.add(&name, Data::Txt(strings));
    }
}

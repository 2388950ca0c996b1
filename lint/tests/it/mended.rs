//! What is mended of a record that receivers can use says the same as before.

use mailproof::dns::Zone;
use mailproof::eval::Evaluation;
use mailproof::spf;
use mailproof_lint::{Protocol, Record, fixed};
use proptest::prelude::*;
use std::net::IpAddr;

/// Terms close together, so that one covers another, and some twice.
fn term() -> impl Strategy<Value = String> {
    let mechanism = prop_oneof![
        6 => (0_u8..16, 28_u8..33).prop_map(|(last, prefix)| format!("ip4:192.0.2.{last}/{prefix}")),
        2 => "[ab]".prop_map(|name| format!("include:{name}.example")),
        1 => "[ab]".prop_map(|name| format!("a:{name}.example")),
        1 => Just("all".to_owned()),
    ];
    ("[-~?]?", mechanism).prop_map(|(sign, mechanism)| sign + &mechanism)
}

fn judged(text: &str, client: IpAddr) -> &'static str {
    let zone = serde_json::json!({
        "x.example": { "TXT": [text] },
        "a.example": { "TXT": ["v=spf1 ip4:192.0.2.3 -all"], "A": ["192.0.2.4"] },
        "b.example": { "TXT": ["v=spf1 ip4:192.0.2.8/30 ?all"], "A": ["192.0.2.9"] },
    });
    let zone = Zone::from_json(&zone.to_string()).unwrap();
    let request = spf::Request::mail_from(client, "h.example", "joe@x.example");
    spf::check(request).run_blocking(&zone).outcome.word()
}

proptest! {
    #[test]
    fn a_mended_policy_says_what_the_policy_said(terms in prop::collection::vec(term(), 1..7)) {
        let text = format!("v=spf1 {}", terms.join(" "));
        let mended = fixed(&Record::of(Protocol::Spf, text.as_str())).record.text().into_owned();
        for last in 0..17_u8 {
            let client = IpAddr::from([192, 0, 2, last]);
            prop_assert_eq!(judged(&text, client), judged(&mended, client), "{}: {} > {}", client, text, mended);
        }
    }
}

//! `check` told in full: identities, trees, keys, and what was done to a message on its way.

use super::{Ended, NEWSLETTER, NEWSLETTER_ZONE, NOW, command, data, run_with};

const SESSION: [&str; 10] = [
    "--ip",
    "192.0.2.25",
    "--helo",
    "mail.example.com",
    "--mail-from",
    "kitchen@example.com",
    "--zone",
    NEWSLETTER_ZONE,
    "--at",
    NOW,
];

/// The newsletter as a list forwards it.
fn forwarded() -> String {
    let mail = std::fs::read_to_string(NEWSLETTER).unwrap();
    format!("{}\r\n-- \r\nlist footer\r\n", mail.replace("\nSubject: ", "\nSubject: [list] "))
}

fn check(mail: &str, more: &[&str]) -> Ended {
    run_with(&[&["check", "-"], &SESSION[..], more].concat(), mail.as_bytes())
}

#[test]
fn everything_on_every_kind_of_terminal() {
    for (file, columns, more) in [
        ("wide.txt", None, &[][..]),
        ("narrow.txt", Some("60"), &[]),
        ("ascii.txt", None, &["--ascii"]),
        ("colour.txt", None, &["--color=always"]),
    ] {
        let mut command = command();
        command.args(["check", NEWSLETTER]).args(SESSION).arg("--trace").args(more);
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let expected = std::fs::read_to_string(data("check").join(file)).unwrap();
        assert_eq!(printed, expected, "{file}");
    }
}

#[test]
fn v_is_trace_and_neither_is_the_default() {
    let mail = std::fs::read_to_string(NEWSLETTER).unwrap();
    assert_eq!(check(&mail, &["-v"]).out, check(&mail, &["--trace"]).out);
    assert!(!check(&mail, &[]).out.contains("identities"));
}

#[test]
fn what_a_list_did_is_told() {
    let ended = check(&forwarded(), &[]);
    assert_eq!(ended.code, 0, "SPF is aligned: {}", ended.out);
    let told: Vec<_> = ended.out.lines().filter(|line| line.contains("  changed ")).map(str::trim).collect();
    assert_eq!(
        told,
        [
            "changed  the signature verifies without this change: \"[list]\" was put before the subject",
            "changed  the body matches up to line 6: 3 lines were added behind it",
        ]
    );
}

#[test]
fn json_tells_the_same() {
    let json = check(&forwarded(), &["--json", "--trace"]).json();
    let at = |pointer: &str| json.pointer(pointer).unwrap_or_else(|| panic!("{pointer}: {json:#}"));
    assert_eq!(*at("/schema"), "mailproof.report/1");
    assert_eq!(*at("/dkim/0/diagnosis/body_intact"), false);
    assert!(at("/dkim/0/diagnosis/findings/0").as_str().unwrap().contains("[list]"));
    assert_eq!(*at("/dkim/1/key/records/0/bits"), 2048);
    assert_eq!(
        (at("/spf/1/trace/policy/domain"), at("/spf/1/trace/policy/terms/0/result")),
        (&"example.com".into(), &"match".into())
    );
    assert_eq!(
        (at("/identities/1/identity"), at("/identities/1/alignment")),
        (&"MAIL FROM".into(), &"aligned".into())
    );
    // Without --trace there is no tree: it may be large.
    let short = check(&forwarded(), &["--json"]).json();
    assert!(short["spf"][1].get("trace").is_none() && short["dkim"][0]["diagnosis"].is_object());
}

/// A receiver defers mail whose sender has neither MX nor address (451), and no result of SPF or DKIM says why.
#[test]
fn story_18_a_sender_that_nothing_can_be_sent_back_to_is_told() {
    let zone = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let spf = |more: serde_json::Value| {
        let mut records = serde_json::json!({ "TXT": ["v=spf1 ip4:192.0.2.7 -all"] });
        records.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        records
    };
    let names = serde_json::json!({
        "mute.example": spf(serde_json::json!({})),
        "null.example": spf(serde_json::json!({ "MX": [[0, "."]] })),
        "mx.example": spf(serde_json::json!({ "MX": [[10, "in.mx.example"]] })),
        "host.example": spf(serde_json::json!({ "AAAA": ["2001:db8::7"] })),
        "stuck.example": spf(serde_json::json!({ "A": "SERVFAIL" })),
    });
    std::fs::write(zone.path(), names.to_string()).unwrap();
    let check = |sender: &str, more: &[&str]| {
        let zone = zone.path().to_str().unwrap();
        let words = [
            "check",
            "-",
            "--ip",
            "192.0.2.7",
            "--helo",
            "mx.example",
            "--mail-from",
            sender,
            "--zone",
            zone,
        ];
        run_with(&[&words[..], more].concat(), b"From: <a@shop.example>\r\n\r\nHello\r\n")
    };
    for (domain, resolvable, told) in [
        ("mute.example", Some(false), "mute.example has neither an MX nor an address record"),
        ("null.example", Some(false), "null.example says that it takes no mail (null MX)"),
        ("gone.example", Some(false), "gone.example does not exist (NXDOMAIN)"),
        ("mx.example", Some(true), ""),
        ("host.example", Some(true), ""),
        ("stuck.example", None, ""),
    ] {
        let sender = format!("bounce@{domain}");
        let json = check(&sender, &["--json"]).json();
        assert_eq!(json["mail_from_resolvable"].as_bool(), resolvable, "{domain}");
        let plain = check(&sender, &[]).out;
        let line = plain.lines().find(|line| line.trim_start().starts_with("sender  ")).unwrap_or_default();
        assert!(line.contains(told) && line.is_empty() == told.is_empty(), "{domain}: {plain}");
    }
    // A bounce is answered by nobody.
    assert!(check("", &["--json"]).json()["mail_from_resolvable"].is_null());
}

/// Which domain is which? A newsletter with five domains.
#[test]
fn story_23_five_domains_each_with_its_standing() {
    let zone = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let names = serde_json::json!({
        "bounce.shop.example": { "TXT": ["v=spf1 ip4:192.0.2.7 -all"] },
        "out7.esp.example": { "TXT": ["v=spf1 ip4:192.0.2.7 -all"] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=none; aspf=r; adkim=s"] },
        "_dmarc.strict.example": { "TXT": ["v=DMARC1; p=none; aspf=s"] },
        "bounce.strict.example": { "TXT": ["v=spf1 ip4:192.0.2.7 -all"] },
    });
    std::fs::write(zone.path(), names.to_string()).unwrap();
    let identities = |author: &str| {
        let bounce = format!("b+1@bounce.{author}");
        let mail = format!("From: News <news@{author}>\r\n\r\nHello\r\n");
        let zone = zone.path().to_str().unwrap();
        let arguments = [
            "check",
            "-",
            "--ip",
            "192.0.2.7",
            "--helo",
            "out7.esp.example",
            "--mail-from",
            &bounce,
            "--zone",
            zone,
            "-v",
        ];
        let out = run_with(&arguments, mail.as_bytes()).out;
        let lines: Vec<_> = out.lines().skip_while(|line| *line != "identities").skip(1).take(3).collect();
        lines.join("\n")
    };
    assert_eq!(
        identities("shop.example"),
        "  From       shop.example         pass  the author domain\n  \
         MAIL FROM  bounce.shop.example  pass  aligned: the same organizational domain shop.example; alignment is relaxed\n  \
         HELO       out7.esp.example     pass  not compared: DMARC uses HELO only when MAIL FROM is empty"
    );
    assert!(
        identities("strict.example")
            .contains("not aligned: alignment is strict, and it is not strict.example itself"),
        "{}",
        identities("strict.example")
    );
}

/// The advice names the command that tells more, and none that tells nothing.
#[test]
fn a_signature_that_cannot_be_used_leads_to_its_key_or_its_signer() {
    let zone = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let names = serde_json::json!({ "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=reject"] } });
    std::fs::write(zone.path(), names.to_string()).unwrap();
    let next = |hash: &str| {
        let mail = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s1; h=from; bh={hash}; b=AAAA\r\n\
             From: <a@shop.example>\r\n\r\nHello\r\n"
        );
        let ended = run_with(&["check", "-", "--zone", zone.path().to_str().unwrap()], mail.as_bytes());
        assert_eq!(ended.code, 1, "{}", ended.out);
        ended.line("next: ").to_owned()
    };
    let no_key = next("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert!(no_key.contains("mailproof audit shop.example --dkim-selectors s1"), "{no_key}");
    let unreadable = next("xx");
    assert!(
        unreadable.contains("Its signer is to be mended") && !unreadable.contains("lint"),
        "{unreadable}"
    );
}

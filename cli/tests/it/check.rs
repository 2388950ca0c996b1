//! `check`: verdicts in plain words, and how it ends.

use super::{NEWSLETTER, NEWSLETTER_ZONE, NOW, THEATRE, THEATRE_ZONE, command, run, run_with};

const SESSION: [&str; 6] =
    ["--ip", "192.0.2.25", "--helo", "mail.example.com", "--mail-from", "kitchen@example.com"];

fn newsletter<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW];
    arguments.extend(more);
    arguments
}

fn mail(arguments: &[&str], zone: &str, text: &str) -> super::Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    let mut all = vec!["check", "-", "--zone", path.to_str().unwrap()];
    all.extend(arguments);
    run_with(&all, text.as_bytes())
}

#[test]
fn an_authenticated_mail_is_told_in_aligned_rows() {
    let ended = run(&newsletter(&SESSION));
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""));
    let expected = "\
PASS  this is mail of example.com
  iprev  pass    192.0.2.25                      mail.example.com points back to 192.0.2.25
  SPF    pass    HELO mail.example.com           a of mail.example.com matches 192.0.2.25
  SPF    pass    MAIL FROM example.com  aligned  mx of example.com matches 192.0.2.25
  DKIM   pass    d=example.com s=2026e  aligned  ed25519-sha256; 256-bit key
  DKIM   pass    d=example.com s=2026a  aligned  rsa-sha256; 2048-bit key
  DMARC  pass    From example.com                SPF and DKIM are aligned
         record  _dmarc.example.com: v=DMARC1; p=reject; rua=mailto:dmarc@example.com
         policy  reject; disposition none, since the message passes
         client  192.0.2.25, the address given with --ip

Authentication-Results: localhost;
";
    assert!(ended.out.starts_with(expected), "{}", ended.out);
    let field = ended.out.split_once("\n\n").unwrap().1;
    assert!(
        field.ends_with(" policy.dmarc=reject;\n iprev=pass (mail.example.com) policy.iprev=192.0.2.25\n"),
        "{field}"
    );
    assert!(field.lines().skip(1).all(|line| line.starts_with(' ') && line.len() <= 78), "{field}");
}

#[test]
fn a_changed_body_is_a_fail_with_its_policy() {
    let changed = std::fs::read_to_string(NEWSLETTER).unwrap().replace("little", "lot of");
    let ended = run_with(&["check", "-", "--zone", NEWSLETTER_ZONE, "--at", NOW], changed.as_bytes());
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.line("FAIL"),
        "FAIL  nothing shows that this is mail of example.com, whose policy is reject"
    );
    assert!(ended.line("DKIM").contains("would be aligned  body hash did not verify"), "{}", ended.out);
    assert_eq!(ended.line("policy").trim(), "policy  reject; disposition reject");
    assert!(ended.line("next: ").contains("example.com has signed a message, but not this text"));
}

#[test]
fn a_missing_address_is_said_and_not_guessed() {
    let ended = run(&newsletter(&["--helo", "mail.example.com", "--mail-from", "kitchen@example.com"]));
    assert_eq!(ended.code, 0);
    assert!(ended.line("SPF").ends_with("left out"), "{}", ended.out);
    assert!(ended.line("client").contains("not given"), "{}", ended.out);
    assert!(!ended.out.contains("spf="), "{}", ended.out);
}

/// A newsletter with different domains in From, MAIL FROM, d= and HELO: which is which?
#[test]
fn every_identity_has_its_domain_result_and_alignment() {
    let zone = r#"{
        "bulk.example.net": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all"] },
        "out7.example.net": { "TXT": ["v=spf1 ip4:192.0.2.7 -all"] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=none; sp=quarantine"] }
    }"#;
    let session = ["--ip", "192.0.2.7", "--helo", "out7.example.net", "--mail-from", "b+1@bulk.example.net"];
    let ended = mail(&session, zone, "From: News <news@mail.shop.example>\n\nHello\n");
    assert_eq!(ended.code, 1);
    let rows: Vec<_> = ended.out.lines().skip(1).take(8).map(str::trim_end).collect();
    let expected = [
        "  iprev  permerror  192.0.2.7                                                      the address has no PTR record (NXDOMAIN)",
        "  SPF    pass    HELO out7.example.net                                             ip4:192.0.2.7 of out7.example.net matches 192.0.2.7",
        "  SPF    pass    MAIL FROM bulk.example.net  not aligned with mail.shop.example    ip4:192.0.2.0/24 of bulk.example.net matches 192.0.2.7",
        "  DKIM   none    no signature",
        "  DMARC  fail    From mail.shop.example                                            not aligned: SPF bulk.example.net",
        "         record  _dmarc.shop.example: v=DMARC1; p=none; sp=quarantine (there is none at _dmarc.mail.shop.example)",
        "         policy  quarantine; disposition quarantine",
        "         client  192.0.2.7, the address given with --ip",
    ];
    let single_spaced = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(single_spaced(row), single_spaced(expected), "{}", ended.out);
    }
    assert!(
        ended
            .line("next: ")
            .starts_with("next: what passes is SPF of bulk.example.net, which does not speak for")
    );
    // The columns stand below each other.
    let column = |row: &str, text: &str| row.find(text).unwrap_or_else(|| panic!("{text}: {row}"));
    assert_eq!(column(rows[1], "ip4:"), column(rows[2], "ip4:"));
    assert_eq!(column(rows[1], "ip4:"), column(rows[4], "not aligned:"));
    assert_eq!(column(rows[1], "HELO"), column(rows[7], "192.0.2.7"));
}

#[test]
fn a_failure_of_dns_is_told_as_one() {
    let zone = r#"{
        "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] },
        "2026a._domainkey.example.com": "SERVFAIL",
        "2026e._domainkey.example.com": { "TXT": "TIMEOUT" }
    }"#;
    let text = std::fs::read_to_string(NEWSLETTER).unwrap();
    let ended = mail(&["--at", NOW], zone, &text);
    assert_eq!(ended.code, 75);
    assert_eq!(ended.line("DEFER"), "DEFER  whether this is mail of example.com cannot be decided now");
    assert!(ended.out.contains("\nThis is not a bad signature and no forgery"), "{}", ended.out);
    let next = "\nnext: ask again later; to look closer: mailproof dns 2026e._domainkey.example.com TXT\n\nAuthentication-";
    assert!(ended.out.contains(next), "{}", ended.out);
    assert!(ended.line("DKIM").contains("would be aligned"), "{}", ended.out);
    assert!(ended.out.contains("SERVFAIL") && ended.out.contains("timeout"), "{}", ended.out);
    assert_eq!(ended.line("policy").trim(), "policy     reject; disposition none, since it is not decided",);
}

#[test]
fn without_a_policy_the_checks_decide() {
    let text = "From: joe@example.com\r\n\r\nHello\r\n";
    let pass = r#"{ "example.com": { "TXT": ["v=spf1 ip4:192.0.2.1 -all"] } }"#;
    let session = |ip| ["--ip", ip, "--mail-from", "joe@example.com"];
    for (zone, ip, code, words) in [
        (pass, "192.0.2.1", 0, "no check failed"),
        (pass, "192.0.2.2", 1, "a check failed"),
        (r#"{ "example.com": { "TXT": "SERVFAIL" } }"#, "192.0.2.2", 75, "a check cannot be decided now"),
        ("{}", "192.0.2.2", 0, "no check failed"),
        (r#"{ "example.com": { "TXT": ["v=spf1 a:%% -all"] } }"#, "192.0.2.2", 1, "a check failed"),
    ] {
        let ended = mail(&session(ip), zone, text);
        assert_eq!(ended.code, code, "{}", ended.out);
        assert_eq!(ended.line("NONE"), format!("NONE  example.com has no DMARC policy; {words}"));
        assert_eq!(ended.out.contains("ask again later"), code == 75, "{}", ended.out);
    }
}

#[test]
fn a_failing_signature_of_a_domain_that_tests_dkim_is_as_none() {
    let zone = std::fs::read_to_string(THEATRE_ZONE).unwrap();
    let without_policy = zone.replace("p=reject", "nothing").replace("k=ed25519;", "k=ed25519; t=y;");
    let text = std::fs::read_to_string(THEATRE).unwrap().replace("eight", "nine");
    let ended = mail(&["--at", NOW], &without_policy.replace("v=DMARC1", "v=X"), &text);
    assert!(
        ended.line("DKIM").contains("fail") && ended.line("DKIM").contains("only tests DKIM"),
        "{}",
        ended.out
    );
    assert_eq!(ended.code, 0);
    let strict = mail(&["--at", NOW], &zone.replace("v=DMARC1", "v=X"), &text);
    assert_eq!(strict.code, 1, "{}", strict.out);
}

#[test]
fn a_bounce_is_told_once_and_its_helo_counts() {
    let zone = r#"{
        "mail.example.com": { "TXT": ["v=spf1 a -all"], "A": ["192.0.2.25"] },
        "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] }
    }"#;
    let text = "From: MAILER-DAEMON@mail.example.com\n\nIt did not arrive.\n";
    for reverse_path in ["", "<>"] {
        let session = ["--ip", "192.0.2.25", "--helo", "mail.example.com", "--mail-from", reverse_path];
        let ended = mail(&session, zone, text);
        assert_eq!(ended.code, 0, "{}", ended.out);
        assert_eq!(ended.out.lines().filter(|line| line.starts_with("  SPF ")).count(), 1);
        assert!(
            ended.line("SPF").contains("HELO mail.example.com") && ended.line("SPF").contains("  aligned  ")
        );
        assert_eq!(ended.out.matches("spf=").count(), 1, "{}", ended.out);
    }
}

#[test]
fn the_time_is_an_argument() {
    let arguments = |at| ["check", THEATRE, "--zone", THEATRE_ZONE, "--at", at];
    assert_eq!(run(&arguments(NOW)).code, 0);
    // A day after x=.
    let late = run(&arguments("1795852800"));
    assert_eq!(late.code, 1);
    assert!(late.line("DKIM").contains("signature expired"), "{}", late.out);
}

#[test]
fn line_ends_of_a_text_file_are_those_of_the_wire() {
    let wire = std::fs::read(NEWSLETTER).unwrap();
    assert!(wire.windows(2).any(|pair| pair == b"\r\n"));
    let text = String::from_utf8(wire.clone()).unwrap().replace("\r\n", "\n");
    let source = ["check", "-", "--zone", NEWSLETTER_ZONE, "--at", NOW];
    let whole = run_with(&source, &wire);
    let converted = run_with(&source, text.as_bytes());
    assert_eq!((whole.code, &whole.out), (0, &converted.out));
    assert_eq!(whole.out, run(&newsletter(&[])).out);

    let mut raw = source.to_vec();
    raw.push("--raw");
    assert_eq!(run_with(&raw, &wire).out, whole.out);
    let other = run_with(&raw, text.as_bytes());
    assert_eq!(other.code, 1, "{}", other.out);
    assert!(other.out.contains("there is no From field"), "{}", other.out);
}

#[test]
fn the_receiver_has_the_name_it_is_given() {
    let ended = run(&newsletter(&["--authserv-id", "mx.example.org"]));
    assert!(ended.line("Authentication-Results").ends_with(" mx.example.org;"));
}

#[test]
fn colours_are_for_terminals_and_on_demand() {
    let plain = run(&newsletter(&SESSION)).out;
    assert!(!plain.contains('\u{1b}'));
    let with = |name: &str, value: &str| {
        let output = command().args(newsletter(&SESSION)).env(name, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(with("NO_COLOR", "1"), plain);
    let coloured = with("CLICOLOR_FORCE", "1");
    assert!(coloured.starts_with("\u{1b}[32mPASS\u{1b}[39m"), "{coloured:?}");
    assert_eq!(coloured.replace("\u{1b}[32m", "").replace("\u{1b}[39m", ""), plain);
}

#[test]
fn nothing_a_terminal_obeys_comes_from_outside() {
    let mut text = b"From: \"\x1b[2J\xe2\x80\xae\" <a@example.com>\r\nDKIM-Signature: v=1; a=\x1b]0;x\x07; d=a\x1b[1m.example;\r\n".to_vec();
    text.extend_from_slice("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; i=\u{202e}\u{9b}2J@a.example; bh=AA==; b=AA==\r\n\r\nx\r\n".as_bytes());
    let source = [
        "check",
        "-",
        "--zone",
        NEWSLETTER_ZONE,
        "--ip",
        "192.0.2.1",
        "--helo",
        "\u{1b}[2J\u{9b}31m\u{202e}",
        "--mail-from",
        "\"\u{1b}\"@\u{7}.example",
        "--authserv-id",
        "\u{1b}c\u{202e}",
    ];
    let mut json = source.to_vec();
    json.push("--json");
    for arguments in [&source[..], &json] {
        let ended = run_with(arguments, &text);
        assert_eq!(ended.code, 1, "{}", ended.out);
        let is_good =
            |character: char| character == '\n' || !(character.is_control() || character == '\u{202e}');
        assert!(ended.out.chars().all(is_good), "{:?}", ended.out);
    }
}

#[test]
fn many_signatures_are_counted() {
    let signature = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x; h=from; bh=AA==; b=AA==\r\n";
    let text = format!("{}From: a@example.com\r\n\r\n", signature.repeat(25));
    let ended = mail(&[], "{}", &text);
    assert_eq!(ended.out.lines().filter(|line| line.starts_with("  DKIM ")).count(), 20);
    assert!(ended.line("more").ends_with("5 further signatures; --json tells them all"), "{}", ended.out);
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        &[][..],
        &["check"],
        &["check", NEWSLETTER, "--ip", "192.0.2"],
        &["check", NEWSLETTER, "--at", "yesterday"],
        &["check", NEWSLETTER, "--nonsense"],
        &["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--server", "127.0.0.1"],
        &["check", NEWSLETTER, "--server", "dns.example"],
        &["check", NEWSLETTER, "--timeout", "0"],
        &["check", NEWSLETTER, "--timeout", "soon"],
        &["spf", "example.com"],
        &["spf", "example.com", "--ip", "192.0.2.1", "--zone", "x", "--server", "127.0.0.1"],
        &["conformance"],
        &["guess"],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!ended.complaint.is_empty());
    }
    let help = run(&["check", "--help"]);
    assert_eq!(help.code, 0);
    for option in
        ["--ip", "--helo", "--mail-from", "--zone", "--server", "--timeout", "--at", "--raw", "--json"]
    {
        assert!(help.out.contains(option), "{option}");
    }
}

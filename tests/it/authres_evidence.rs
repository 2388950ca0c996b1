//! Whose results a consumer may use, and which of them (RFC 8601 §4.1, RFC 6008 §4).

use mailproof::authres::evidence;
use mailproof::message::Headers;

/// The usable results, as they are written, of the fields of `mx.example.org`.
fn told(fields: &[&str]) -> Vec<String> {
    let section: String = fields.iter().map(|value| format!("Authentication-Results: {value}\r\n")).collect();
    let headers = Headers::parse(section.as_bytes()).unwrap();
    evidence(&headers, &["mx.example.org", "bücher.example"]).iter().map(ToString::to_string).collect()
}

#[test]
fn only_listed_hosts_are_believed() {
    let told = told(&[
        "mx.example.org; spf=pass",
        "evil.example; spf=pass",
        "\"MX.Example.ORG.\" 1; dkim=pass",
        "xn--bcher-kva.example; spf=fail",
        "BÜCHER.example; spf=none",
        "mx.example.org.evil.example; spf=pass",
        "a.mx.example.org; spf=pass",
        "\"\"; spf=pass",
    ]);
    assert_eq!(
        told,
        [
            "mx.example.org; spf=pass",
            "MX.Example.ORG.; dkim=pass",
            "xn--bcher-kva.example; spf=fail",
            "\"BÜCHER.example\"; spf=none"
        ]
    );
    let headers = Headers::parse(b"Authentication-Results: \"\"; spf=pass\r\n").unwrap();
    assert!(evidence(&headers, &[""]).is_empty());
    let nobody: [&str; 0] = [];
    assert!(evidence(&headers, &nobody).is_empty());
}

#[test]
fn what_cannot_be_read_is_no_evidence() {
    assert!(told(&["mx.example.org 2; spf=pass", "mx.example.org; spf=pass;", "mx.example.org"]).is_empty());
    assert!(told(&["mx.example.org; spf=pass\n smtp.helo=x", "mx.example.org; spf=pass (\0)"]).is_empty());
}

#[test]
fn unknown_versions_words_and_ptypes_are_ignored() {
    let told = told(&[
        "mx.example.org; dkim/2=pass; spf/1=pass; dmarc=splendid; spf=fail smtp.helo=a brain.wave=b; \
                       x-new=neutral dns.zone=c policy.x=d body.y=e",
    ]);
    assert_eq!(told, ["mx.example.org; spf=pass; x-new=neutral dns.zone=c policy.x=d body.y=e"]);
}

#[test]
fn contradictions_about_one_signature_are_ignored() {
    let one_field =
        told(&["mx.example.org; dkim=pass header.d=a header.b=abcdefgh; dkim=pass header.b=abcdefgH; \
                            dkim=fail header.d=a header.b=\"abcdefgh\"; spf=pass header.b=abcdefgh"]);
    assert_eq!(one_field, ["mx.example.org; dkim=pass header.b=abcdefgH; spf=pass header.b=abcdefgh"]);
    let two_fields = told(&[
        "mx.example.org; dkim=pass header.b=abcdefgh",
        "bücher.example; dkim=fail header.b=abcdefgh",
        "MX.example.org; dkim=temperror header.b=abcdefgh; dkim=pass header.b=12345678",
    ]);
    assert_eq!(
        two_fields,
        [
            "mx.example.org; none",
            "\"bücher.example\"; dkim=fail header.b=abcdefgh",
            "MX.example.org; dkim=pass header.b=12345678"
        ]
    );
    let agreeing =
        told(&["mx.example.org; dkim=pass header.b=abcdefgh; dkim=pass header.b=abcdefgh header.d=a"]);
    assert_eq!(agreeing[0].matches("dkim=pass").count(), 2);
    // The same octets, and more of them.
    let prefixes = told(&["mx.example.org; dkim=pass header.b=abcdefgh; dkim=fail header.b=abcdefghij; \
                           dkim=pass header.b=abc; dkim=fail header.b=abcd; dkim=pass header.b=abcdefg"]);
    let left = "mx.example.org; dkim=pass header.b=abc; dkim=fail header.b=abcd; dkim=pass header.b=abcdefg";
    assert_eq!(prefixes, [left]);
    // Without header.b nothing says that two results are about one signature.
    assert_eq!(told(&["mx.example.org; dkim=pass; dkim=fail"]), ["mx.example.org; dkim=pass; dkim=fail"]);
}

#[test]
fn thousands_of_results_take_linear_time() {
    let many: String = (0..40_000).map(|number| format!(";dkim=pass header.b=N{}", number / 2)).collect();
    let told = told(&[&format!("mx.example.org{many}"), "mx.example.org; dkim=fail header.b=N7"]);
    assert_eq!(told[0].matches("header.b=").count(), 39_998);
    assert_eq!(told[1], "mx.example.org; none");
}

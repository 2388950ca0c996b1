//! The daemon behind a real Postfix, in network and mount namespaces of its own.

use super::running::{KEY, ZONE};
use mailproof::SigningKey;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const FORGED: &str = "Authentication-Results: MX.example.org (x); dmarc=pass\r\n\
                      Authentication-Results: other.example; spf=pass\r\n";

fn is_possible() -> bool {
    let has_postfix = Path::new("/usr/sbin/postfix").exists();
    let may =
        Command::new("unshare").args(["-n", "-m", "true"]).status().is_ok_and(|status| status.success());
    if has_postfix && may {
        return true;
    }
    let needed = std::env::var_os("MAILPROOF_REQUIRE_REAL").is_some_and(|value| value == "1");
    assert!(!needed, "Postfix: {has_postfix}, namespaces: {may}");
    println!("skipped: Postfix is installed: {has_postfix}, namespaces may be made: {may}");
    false
}

fn mail(name: &str, ip: &str, sender: &str, raw: &str) -> Value {
    json!({
        "name": name, "ip": ip, "helo": "mail.example.com", "sender": sender,
        "raw": format!("X-Name: {name}\r\n{raw}"),
    })
}

/// Sends these through Postfix; what Postfix answered and what was delivered, by name.
fn through_postfix(lines: &str, mails: &[Value]) -> HashMap<String, (String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    let key = SigningKey::read(KEY.as_bytes()).unwrap();
    fs::write(dir.join("zone.json"), ZONE.replace("%KEY%", &key.record())).unwrap();
    fs::write(dir.join("key"), KEY).unwrap();
    fs::set_permissions(dir.join("key"), fs::Permissions::from_mode(0o600)).unwrap();
    let shown = dir.display();
    let config = format!(
        "authserv_id = \"mx.example.org\"\nlisten = [\"unix:{shown}/milter.sock\"]\nsocket_mode = \"666\"\n\
         dns.zone = \"{shown}/zone.json\"\n{}\n",
        lines.replace("%DIR%", &shown.to_string())
    );
    fs::write(dir.join("milter.toml"), config).unwrap();
    let lines: String = mails.iter().map(|mail| format!("{mail}\n")).collect();
    fs::write(dir.join("mail.jsonl"), lines).unwrap();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/postfix.sh");
    let output = Command::new("unshare")
        .args(["-n", "-m", "--propagation", "private", "sh"])
        .arg(script)
        .arg(dir)
        .arg(env!("CARGO_BIN_EXE_mailproof-milter"))
        .arg(dir.join("milter.toml"))
        .output()
        .unwrap();
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap_or_default();
    assert!(
        output.status.success(),
        "{}\n{}\n{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        read("postfix.out"),
        read("postfix.log"),
        read("milter.log")
    );
    let mut outcome = HashMap::new();
    for line in read("replies.jsonl").lines() {
        let reply: Value = serde_json::from_str(line).unwrap();
        let said = format!("{} {}", reply["code"], reply["text"].as_str().unwrap());
        outcome.insert(reply["name"].as_str().unwrap().to_owned(), (said, String::new()));
    }
    for entry in fs::read_dir(dir.join("mail")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let name = text.lines().find_map(|line| line.strip_prefix("X-Name: ")).unwrap().to_owned();
        outcome.get_mut(&name).unwrap().1 = text;
    }
    outcome
}

#[test]
fn postfix_delivers_what_is_let_in_and_refuses_what_is_not() {
    if !is_possible() {
        return;
    }
    let plain = "From: joe@example.com\r\nSubject: folded\r\n line\r\n\r\nHello\r\n";
    let forged = format!("{FORGED}{plain}");
    let broken = plain.replace("example.com", "broken.example");
    let several = format!("From: eve@example.net\r\n{plain}");
    let mut own = mail("own", "198.51.100.9", "joe@example.com", plain);
    own["login"] = "joe".into();
    let outcome = through_postfix(
        "policy.dmarc.reject = \"reject\"\n[[sign.keys]]\ndomain = \"example.com\"\nselector = \"ed\"\nfile = \"%DIR%/key\"\n",
        &[
            mail("pass", "192.0.2.25", "joe@example.com", plain),
            mail("forged", "192.0.2.25", "joe@example.com", &forged),
            mail("reject", "198.51.100.9", "joe@example.com", plain),
            mail("trouble", "192.0.2.25", "joe@broken.example", &broken),
            mail("several", "192.0.2.25", "joe@example.com", &several),
            mail(
                "quarantine",
                "198.51.100.9",
                "a@quarantine.example",
                "From: a@quarantine.example\r\n\r\nHi\r\n",
            ),
            own,
        ],
    );
    let (said, pass) = &outcome["pass"];
    assert!(said.starts_with("250 "), "{said}");
    let results = pass.find("Authentication-Results: mx.example.org;").unwrap();
    let received = pass.find("Received: from mail.example.com").unwrap();
    assert!(results < received, "above what Postfix itself wrote: {pass}");
    assert!(pass.contains("dmarc=pass") && pass.contains("spf=pass"), "{pass}");

    let forged = &outcome["forged"].1;
    assert!(!forged.contains("MX.example.org") && forged.contains("other.example"), "{forged}");
    assert!(
        outcome["reject"].0.starts_with("550 5.7.26 DMARC of example.com fails"),
        "{:?}",
        outcome["reject"]
    );
    assert!(outcome["trouble"].0.starts_with("451 4.4.3 "), "{:?}", outcome["trouble"]);
    assert!(outcome["several"].0.starts_with("550 5.6.0 "), "{:?}", outcome["several"]);
    assert!(outcome["quarantine"].1.contains("X-Mailproof-Quarantine: DMARC of quarantine.example fails"));
    let own = &outcome["own"].1;
    assert!(own.contains("DKIM-Signature: v=1;") && !own.contains("Authentication-Results"), "{own}");
    super::sign::assert_signed(own, "ed._domainkey.example.com", KEY);
}

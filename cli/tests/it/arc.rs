//! `arc seal` and `arc verify`: a message that is forwarded.

use super::{NEWSLETTER, NEWSLETTER_ZONE, NOW, run, run_with};

/// A sealer's key, and the zone of the example mail with that key in it.
struct Forwarder {
    folder: tempfile::TempDir,
    key: String,
    zone: String,
}

impl Forwarder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (key, zone) = (path("key.pem"), path("zone.json"));
        let made = run(&[
            "dkim",
            "keygen",
            "--domain",
            "lists.example",
            "--selector",
            "arc",
            "--out",
            &key,
            "--json",
        ]);
        assert_eq!(made.code, 0, "{}", made.complaint);
        let mut names: serde_json::Value =
            serde_json::from_slice(&std::fs::read(NEWSLETTER_ZONE).unwrap()).unwrap();
        names["arc._domainkey.lists.example"] = serde_json::json!({ "TXT": [made.json()["record"]] });
        std::fs::write(&zone, names.to_string()).unwrap();
        Self { folder, key, zone }
    }

    fn seal(&self, more: &[&str], message: &[u8]) -> super::Ended {
        let mut arguments =
            vec!["arc", "seal", "-", "--domain", "lists.example", "--selector", "arc", "--key", &self.key];
        arguments.extend(["--zone", &self.zone, "--at", NOW]);
        arguments.extend(more);
        run_with(&arguments, message)
    }

    fn verify(&self, message: &[u8], more: &[&str]) -> super::Ended {
        let mut arguments = vec!["arc", "verify", "-", "--zone", &self.zone, "--at", NOW];
        arguments.extend(more);
        run_with(&arguments, message)
    }
}

#[test]
fn what_is_sealed_verifies_and_what_is_changed_does_not() {
    let forwarder = Forwarder::new();
    let message = std::fs::read(NEWSLETTER).unwrap();
    let sealed = forwarder.seal(&["--ip", "192.0.2.25", "--mail-from", "news@example.com"], &message);
    assert_eq!(sealed.code, 0, "{}", sealed.complaint);
    assert!(sealed.out.starts_with("ARC-Seal: i=1;"), "{}", sealed.out);
    let verified = forwarder.verify(sealed.out.as_bytes(), &[]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert!(verified.out.starts_with("pass  the chain holds: one forwarder\n  i=1  sealed by lists.example, who found the chain before: none\n"), "{}", verified.out);
    assert!(verified.out.contains("says     lists.example; arc=none"), "{}", verified.out);

    let twice = forwarder.seal(&[], sealed.out.as_bytes());
    let json = forwarder.verify(twice.out.as_bytes(), &["--json"]).json();
    assert_eq!(
        (&json["result"], &json["instances"], &json["sets"][1]["chain_status"]),
        (&"pass".into(), &2.into(), &"pass".into())
    );

    let changed = sealed.out.replacen("Subject:", "Subject: [list]", 1);
    let broken = forwarder.verify(changed.as_bytes(), &[]);
    assert_eq!(broken.code, 1);
    assert!(broken.out.starts_with("fail  "), "{}", broken.out);
    assert!(broken.out.contains("does not hold"), "{}", broken.out);
}

#[test]
fn a_chain_that_was_sealed_as_failed_is_not_sealed_again() {
    let forwarder = Forwarder::new();
    let message = std::fs::read(NEWSLETTER).unwrap();
    let sealed = forwarder.seal(&[], &message).out.replacen("Subject:", "Subject: [list]", 1);
    let failed = forwarder.seal(&[], sealed.as_bytes());
    assert_eq!(failed.code, 0, "{}", failed.complaint);
    assert!(failed.out.contains("cv=fail"), "{}", failed.out);
    let again = forwarder.seal(&[], failed.out.as_bytes());
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.complaint.contains("not sealed"), "{}", again.complaint);
}

#[test]
fn no_chain_and_no_answer_are_told_apart() {
    let forwarder = Forwarder::new();
    let message = std::fs::read(NEWSLETTER).unwrap();
    let none = forwarder.verify(&message, &[]);
    assert_eq!((none.code, none.out.as_str()), (1, "none  the message has no chain\n"));
    let sealed = forwarder.seal(&[], &message);
    let zone = forwarder.folder.path().join("failing.json");
    std::fs::write(&zone, r#"{"arc._domainkey.lists.example": "SERVFAIL"}"#).unwrap();
    let failing = run_with(
        &["arc", "verify", "-", "--zone", zone.to_str().unwrap(), "--at", NOW],
        sealed.out.as_bytes(),
    );
    assert_eq!(failing.code, 75, "{}", failing.out);
}

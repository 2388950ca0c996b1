//! Mail that is forwarded: sealed by the first host, and believed by the second.

use super::client::Mail;
use super::daemon::Daemon;
use super::namespace::within;
use super::postfix::Postfix;
use super::process::until;
use super::sink;
use super::world::{RAW, World};
use std::fs;

const SEALING: &str = "seal.domain = \"example.org\"\nseal.selector = \"arc\"\nseal.file = \"%DIR%/rsa\"\n\
     seal.recipients = [\"forward@example.org\", \"changed@example.org\"]\n";

#[test]
fn what_is_forwarded_is_sealed_and_believed_of_a_trusted_sealer() {
    within(&["openssl"], || {
        let world = World::start_before(2501, SEALING);
        let folder = world.folder().join("second");
        fs::create_dir(&folder).unwrap();
        // The second host sees mail of example.com come from the first, for which SPF fails.
        let trusting = "policy.dmarc.reject = \"reject\"\n\
             checks.trusted_sealers = [\"example.org\"]\n";
        let second = Daemon::start(&folder, 8894, trusting);
        let _postfix = Postfix::start(world.folder(), 2501, "inet:127.0.0.1:8894", sink::PORT);

        let sealed = world.deliver(&Mail::new("forward@example.org", RAW));
        for name in ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"] {
            assert_eq!(sealed.fields(name).len(), 1, "{}", sealed.raw);
        }
        assert!(sealed.fields("ARC-Seal")[0].contains("cv=none"), "{}", sealed.raw);
        let told = &sealed.fields("ARC-Authentication-Results")[0];
        assert!(told.contains("spf=pass") && told.contains("dmarc=pass"), "{told}");
        let results = sealed.results();
        assert!(results.contains("arc=pass") && results.contains("spf=fail"), "{results}");

        // Mail that failed at the first host is sealed as that, and not excused.
        let failed = Mail { ip: "198.51.100.7", ..Mail::new("changed@example.org", RAW) };
        assert!(world.send(&failed).starts_with("250 "), "the first host lets it in");
        let refused = || world.postfix.log().contains("550 5.7.26").then_some(());
        until("the refusal by the second host", refused);

        // Without a seal the second host refuses it, too.
        second.reload("policy.dmarc.reject = \"quarantine\"");
        let unsealed = world.deliver(&Mail::new("ann@example.org", RAW));
        assert!(unsealed.fields("ARC-Seal").is_empty(), "it goes on to nobody: {}", unsealed.raw);
        assert!(unsealed.results().contains("dmarc=fail"), "{}", unsealed.raw);
        assert_eq!(unsealed.fields("X-Mailproof-Quarantine").len(), 1, "{}", unsealed.raw);
        assert_eq!(world.sink.all().iter().filter(|mail| mail.recipient == "changed@example.org").count(), 0);
    });
}

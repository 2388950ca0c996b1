//! The help of `dkim` names every command and every option.

use super::run;

#[test]
fn every_command_explains_itself() {
    let all = run(&["dkim", "--help"]);
    assert_eq!(all.code, 0);
    for (command, options) in [
        ("check-key", &["--key <FILE>", "--domain", "--selector", "[NAME]", "--zone", "--json", "75"][..]),
        ("keygen", &["--type <TYPE>", "--bits", "2048, 3072, 4096", "--out <FILE>", "--force", "--json"]),
        (
            "sign",
            &["--header-canon", "--body-canon", "--expire-in", "--identity", "--headers", "--field-only"],
        ),
        ("verify", &["<FILE>", "--at", "--raw", "--server", "--replay", "--record", "75"]),
    ] {
        assert!(all.out.contains(&format!("\n  {command} ")), "{}", all.out);
        let help = run(&["dkim", command, "--help"]);
        assert_eq!((help.code, help.complaint.as_str()), (0, ""));
        for option in options {
            assert!(help.out.contains(option), "{option}: {}", help.out);
        }
    }
    assert_eq!(run(&["dkim"]).code, 2);
}

//! The configuration file, and what is said of a wrong one.

use mailproof_milter::config::{Action, Config};
use std::fs;
use std::process::Command;

const LEAST: &str = "authserv_id = \"mx.example.org\"\nlisten = [\"unix:/run/m.sock\"]\n";

fn fault(lines: &str) -> String {
    Config::read(&format!("{LEAST}{lines}")).unwrap_err().to_string()
}

#[test]
fn the_least_has_safe_defaults() {
    let config = Config::read(LEAST).unwrap();
    assert_eq!(config.policy.dmarc.reject, Action::Quarantine);
    assert_eq!(config.policy.trouble.action, Action::Tempfail);
    assert_eq!(config.policy.spf.fail, Action::Accept);
    assert_eq!(config.sign.on_error, Action::Tempfail);
    assert!(!config.policy.dry_run && config.metrics.listen.is_none());
}

#[test]
fn the_example_is_read_and_states_the_defaults() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/mailproof-milter.toml");
    let text = fs::read_to_string(path).unwrap();
    Config::read(&text).unwrap();
    // What stands in it as a comment is right as well.
    let is_setting = |line: &str| line.starts_with('#') && line.contains(" = ") && !line.starts_with("# ");
    let uncommented: Vec<_> = text
        .lines()
        .map(|line| if is_setting(line) || line.starts_with("#[") { &line[1..] } else { line })
        .collect();
    assert!(uncommented.len() > 80);
    Config::read(&uncommented.join("\n")).unwrap();
}

#[test]
fn faults_are_named_with_their_line() {
    for (lines, says) in [
        ("[policy]\ndry_runs = true", "line 4: unknown field `dry_runs`"),
        ("[policy.dmarc]\nreject = \"bounce\"", "line 4: unknown variant `bounce`"),
        (
            "[ingress]\ntrusted_networks = [\n  \"10.0.0.0/8\",\n  \"10.0.0.1/8\",\n]",
            "line 4: 10.0.0.1/8: bits are set behind the prefix",
        ),
        (
            "[metrics]\nlisten = \"0.0.0.0:9188\"",
            "line 3: metrics: figures are served on a loopback address only",
        ),
        ("threads = 0", "line 3: threads: at least one"),
        ("[limits]\nidle = -1", "line 4: invalid value"),
        ("[dns]\nservers = [\"ns.example\"]", "line 4: ns.example: no IP address"),
        ("[[exempt]]\nsenders = [\"@example.com\"]", "line 4: @example.com: there is nothing before the @"),
        ("socket_mode = \"rw\"", "line 3: permissions are three octal digits"),
        ("a b", "line 3: "),
    ] {
        let said = fault(lines);
        assert!(said.starts_with(says), "{said}");
    }
    assert!(Config::read("listen = []").unwrap_err().to_string().contains("authserv_id"));
    assert!(
        Config::read("authserv_id = \"x y\"\nlisten = [\"inet:127.0.0.1:1\"]").unwrap_err().line == Some(1)
    );
}

#[test]
fn the_command_checks_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.toml");
    let check = || {
        let output = Command::new(env!("CARGO_BIN_EXE_mailproof-milter"))
            .args(["--check-config", "--config", path.to_str().unwrap()])
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(check().0, 78);
    fs::write(&path, format!("{LEAST}dns.servers = [\"127.0.0.1\"]\n")).unwrap();
    assert_eq!(check(), (0, String::new()));
    fs::write(&path, format!("{LEAST}\n\nnonsense = 1\n")).unwrap();
    let (code, said) = check();
    assert_eq!(code, 78);
    assert!(said.contains("m.toml: line 5: unknown field `nonsense`"), "{said}");
    let table = folder.path().join("table");
    fs::write(&table, "example.com example.com s relative\n").unwrap();
    let dns = "dns.servers = [\"127.0.0.1\"]";
    fs::write(&path, format!("{LEAST}{dns}\nsign.table = \"{}\"\n", table.display())).unwrap();
    let (code, said) = check();
    assert_eq!(code, 78);
    assert!(said.contains("table: line 1: the path of a key file is absolute"), "{said}");
}

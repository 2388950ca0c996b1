//! `dkim keygen`: the private key in its file, and the record that publishes it.

use super::dkim_keys::{Keys, tells_nothing_of};
use super::{command, run};
use std::process::Stdio;

const NAME: [&str; 4] = ["--domain", "example.com", "--selector", "2026a"];

fn keygen(more: &[&str]) -> super::Ended {
    let mut arguments = vec!["dkim", "keygen"];
    arguments.extend(NAME);
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn an_rsa_key_is_told_with_its_record_in_both_forms() {
    let keys = Keys::new();
    let path = keys.path("key.pem");
    let ended = keygen(&["--out", &path]);
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""));
    let key = keys.read("key.pem");
    assert!(
        key.starts_with("-----BEGIN PRIVATE KEY-----\n") && key.ends_with("\n-----END PRIVATE KEY-----\n")
    );
    assert!(key.lines().all(|line| line.len() <= 64));
    tells_nothing_of(&key, &ended);
    assert!(ended.out.starts_with(&format!("private key: RSA 2048 bits, in {path}\n")), "{}", ended.out);
    assert!(
        ended.out.contains("TXT record at 2026a._domainkey.example.com, as one line:\nv=DKIM1; k=rsa; p=MII")
    );
    let record = ended.line("v=DKIM1");
    let zone_file = ended.out.split_once("zone file:\n").unwrap().1;
    assert!(zone_file.starts_with("2026a._domainkey.example.com. IN TXT (\n"), "{zone_file}");
    let strings: Vec<_> = zone_file.split('"').skip(1).step_by(2).collect();
    assert_eq!(strings.concat(), record);
    assert!(strings.len() == 2 && strings.iter().all(|string| string.len() <= 255));
}

#[test]
fn every_type_and_length_is_a_key_that_openssl_accepts() {
    let keys = Keys::new();
    for (selector, more, kind, bits) in [
        ("a", &[][..], "rsa", 2048),
        ("b", &["--bits", "3072"], "rsa", 3072),
        ("c", &["--type", "rsa", "--bits", "4096"], "rsa", 4096),
        ("d", &["--type", "ed25519"], "ed25519", 256),
    ] {
        let told = keys.keygen(selector, more);
        assert_eq!(told["schema"], "mailproof.key/1");
        assert_eq!(told["name"], format!("{selector}._domainkey.example.com"));
        assert_eq!((&told["key"]["type"], &told["key"]["bits"]), (&kind.into(), &bits.into()));
        assert!(told["record"].as_str().unwrap().starts_with(&format!("v=DKIM1; k={kind}; p=")));
        let zone_file = told["zone_file"].as_str().unwrap();
        assert_eq!(zone_file.split('"').skip(1).step_by(2).collect::<String>(), told["record"]);
        // Ed25519 keys have nothing that could be checked before OpenSSL 3.
        let Some(_) = keys.openssl(&["pkey", "-in", selector, "-noout", "-check"]) else { return };
        let public = keys.openssl(&["pkey", "-in", selector, "-pubout", "-outform", "DER", "-out", "public"]);
        let digest = public.and_then(|_| keys.openssl(&["dgst", "-sha256", "-r", "public"])).unwrap();
        let digest = String::from_utf8(digest.stdout).unwrap();
        assert_eq!(digest.split(' ').next().unwrap(), told["key"]["sha256"], "{selector}");
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_file_whatever_was_there() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let keys = Keys::new();
    let mode = |path: &str| std::fs::symlink_metadata(path).unwrap().mode() & 0o7777;
    let path = keys.path("key.pem");
    assert_eq!(keygen(&["--out", &path]).code, 0);
    assert_eq!(mode(&path), 0o600);
    let first = keys.read("key.pem");

    let refused = keygen(&["--out", &path]);
    assert_eq!((refused.code, refused.out.as_str()), (65, ""));
    assert_eq!(refused.complaint, format!("mailproof: {path} is there already; --force replaces it\n"));
    assert_eq!(keys.read("key.pem"), first);

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(keygen(&["--out", &path, "--force"]).code, 0);
    assert_eq!(mode(&path), 0o600);
    assert_ne!(keys.read("key.pem"), first);

    // What is no file of its own is left alone, whoever asks.
    let (target, link) = (keys.write("target", "kept"), keys.path("link"));
    symlink(&target, &link).unwrap();
    for path in [&link, "/dev/null", keys.folder().to_str().unwrap()] {
        for more in [&[][..], &["--force"]] {
            let refused = keygen(&[&["--out", path], more].concat());
            assert_eq!(refused.code, 65, "{path}");
            assert_eq!(refused.complaint, format!("mailproof: {path}: only a regular file is replaced\n"));
        }
    }
    assert_eq!(keys.read("target"), "kept");
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    let names = std::fs::read_dir(keys.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_str().unwrap().contains("new")));
}

#[test]
fn standard_output_gets_the_key_alone_and_only_on_demand() {
    let ended = keygen(&["--out", "-"]);
    assert_eq!(ended.code, 0);
    assert!(ended.out.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(ended.out.ends_with("\n-----END PRIVATE KEY-----\n"));
    assert!(ended.complaint.contains("\nv=DKIM1; k=rsa; p=") && !ended.complaint.contains("PRIVATE"));
    let missing = keygen(&[]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.complaint.contains("--out"), "{}", missing.complaint);
}

/// `script` runs a command on a terminal of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_never_shows_a_key() {
    let program = env!("CARGO_BIN_EXE_mailproof");
    let line = format!("{program} dkim keygen --domain example.com --selector a --out -; echo ended $?");
    let mut script = std::process::Command::new("script");
    let Ok(output) = script.args(["-q", "-c", &line, "/dev/null"]).stdin(Stdio::null()).output() else {
        println!("skipped: script is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("not shown on a terminal") && text.contains("ended 2"), "{text}");
    assert!(!text.contains("BEGIN PRIVATE"));
}

#[test]
fn a_disk_that_is_full_leaves_nothing_and_is_told() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: no /dev/full");
        return;
    };
    let output = command()
        .args(["dkim", "keygen", "--type", "ed25519", "--out", "-"])
        .args(NAME)
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(65));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.starts_with("mailproof: standard output: ") && !complaint.contains("v=DKIM1"));
    for path in ["/no/such/folder/key.pem", "/dev/full/key.pem"] {
        let ended = keygen(&["--type", "ed25519", "--out", path]);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{path}");
        assert!(ended.complaint.contains(path), "{}", ended.complaint);
    }
}

#[test]
fn names_and_choices_that_make_no_sense_are_usage() {
    let keys = Keys::new();
    let out = keys.path("key.pem");
    for (arguments, what) in [
        (&["--domain", "com", "--selector", "a"][..], "two labels"),
        (&["--domain", "example.com", "--selector", "a b"], "selector"),
        (&["--domain", "example.com", "--selector", "a_b"], "selector"),
        (&["--domain", "example.com", "--selector", ""], "selector"),
        (&["--domain", "example.com", "--selector", "a", "--bits", "1024"], "1024"),
        (&["--domain", "example.com", "--selector", "a", "--type", "dsa"], "dsa"),
        (&["--domain", "example.com", "--selector", "a", "--type", "ed25519", "--bits", "2048"], "--bits"),
        (&["--domain", "example.com"], "--selector"),
    ] {
        let mut all = vec!["dkim", "keygen", "--out", &out];
        all.extend(arguments);
        let ended = run(&all);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.complaint.contains(what), "{}", ended.complaint);
        assert!(!std::path::Path::new(&out).exists(), "{arguments:?}");
    }
    assert_eq!(keygen(&["--out", "-", "--json"]).code, 2);
}

#[test]
fn names_in_u_labels_are_published_as_a_labels() {
    let keys = Keys::new();
    let out = keys.path("key");
    let told = run(&[
        "dkim",
        "keygen",
        "--domain",
        "müller.example",
        "--selector",
        "a.b",
        "--type",
        "ed25519",
        "--out",
        &out,
    ]);
    assert_eq!(told.code, 0, "{}", told.complaint);
    assert!(told.out.contains("\na.b._domainkey.xn--mller-kva.example. IN TXT (\n"), "{}", told.out);
}

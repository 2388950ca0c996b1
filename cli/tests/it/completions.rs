//! Completions in real shells, and man pages through a real formatter.

use super::compat::installed;
use super::run;
use std::path::Path;
use std::process::Command;

fn script(shell: &str, folder: &Path) -> String {
    let ended = run(&["completions", shell]);
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""), "{shell}");
    let path = folder.join(shell);
    std::fs::write(&path, ended.out).unwrap();
    path.to_str().unwrap().to_owned()
}

/// `mailproof completions bash | head -1` is no failure.
#[test]
fn a_reader_of_a_page_may_go_away() {
    for words in [&["completions", "bash"][..], &["man"], &["explain"]] {
        let mut child = super::command()
            .args(words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{words:?}");
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let Some(bash) = installed(&["bash"], "--version") else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = script("bash", folder.path());
    for (words, expected) in
        [("ch", "check"), ("comp", "compat completions"), ("spf fl", "flatten"), ("dmarc --ps", "--psl")]
    {
        let count = words.split(' ').count();
        let (before, current) = words.rsplit_once(' ').unwrap_or(("mailproof", words));
        let test = format!(
            "source {script} && complete -p mailproof >/dev/null && COMP_WORDS=(mailproof {words}) COMP_CWORD={count} && \
             _mailproof mailproof {current} {before} && echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new(bash).args(["--norc", "-c", &test]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words}");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{words}");
    }
}

#[test]
fn zsh_and_fish_take_their_completions() {
    let folder = tempfile::tempdir().unwrap();
    if let Some(zsh) = installed(&["zsh"], "--version") {
        let script = script("zsh", folder.path());
        let output = Command::new(zsh).args(["-f", "-n", &script]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    if let Some(fish) = installed(&["fish"], "--version") {
        let script = script("fish", folder.path());
        let test = format!("source {script}; complete -C 'mailproof ch'");
        let output = Command::new(fish)
            .args(["--no-config", "-c", &test])
            .env("HOME", folder.path())
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("check\t"), "{output:?}");
    }
    assert_eq!(run(&["completions", "tcsh"]).code, 2);
}

#[test]
fn every_man_page_is_formatted_without_a_warning() {
    let Some(man) = installed(&["man"], "--version") else { return };
    if installed(&["groff"], "--version").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let ended = run(&["man", pages.to_str().unwrap()]);
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&pages).unwrap() {
        let path = entry.unwrap().path();
        let output = Command::new(man)
            .args(["-l", "--warnings=w"])
            .arg(&path)
            .env("MANWIDTH", "100")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{path:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("SYNOPSIS"), "{path:?}");
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    for name in ["mailproof.1", "mailproof-check.1", "mailproof-spf-walk.1", "mailproof-compat.1"] {
        assert!(names.iter().any(|page| page == name), "{name}: {names:?}");
    }
    // Without a folder the first page goes to standard output.
    assert_eq!(run(&["man"]).out, std::fs::read_to_string(pages.join("mailproof.1")).unwrap());
}

//! Options that every command has: colour, ASCII, JSON, quiet.

use super::{Ended, NEWSLETTER_ZONE, command, run};

const SPF: [&str; 6] = ["spf", "example.com", "--ip", "192.0.2.25", "--zone", NEWSLETTER_ZONE];

fn spf(more: &[&str]) -> Ended {
    let mut arguments = SPF.to_vec();
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let coloured = |text: &str| text.contains("\u{1b}[32mpass");
    assert!(!coloured(&spf(&[]).out) && coloured(&spf(&["--color", "always"]).out));
    let with = |name: &str, more: &[&str]| {
        let output = command().args(SPF).args(more).env(name, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(coloured(&with("CLICOLOR_FORCE", &[])));
    assert!(!coloured(&with("CLICOLOR_FORCE", &["--color=never"])));
    assert!(coloured(&with("NO_COLOR", &["--color=always"])));
}

#[test]
fn ascii_is_ascii() {
    assert!(!spf(&[]).out.is_ascii());
    assert!(spf(&["--ascii"]).out.is_ascii());
}

#[test]
fn what_a_domain_publishes_keeps_within_the_terminal() {
    for words in [
        &["dmarc", "news.example.com"][..],
        &["mx", "example.com"],
        &["dkim", "probe", "nosuch.example"],
        &["ptr", "192.0.2.1"],
    ] {
        let output =
            command().args(words).args(["--zone", NEWSLETTER_ZONE]).env("COLUMNS", "50").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.is_empty(), "{words:?}");
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{words:?}: {text}");
    }
}

#[test]
fn quiet_leaves_the_answer_to_the_exit_code() {
    let ended = spf(&["-q"]);
    assert_eq!((ended.code, ended.out.as_str(), ended.complaint.as_str()), (0, "", ""));
    assert_eq!(spf(&["-q", "-v"]).code, 2);
}

#[test]
fn options_of_every_command_may_stand_before_it() {
    let mut arguments = vec!["--json"];
    arguments.extend(SPF);
    assert_eq!(run(&arguments).json()["result"], "pass");
}

#[test]
fn a_command_without_json_says_so() {
    let ended = run(&["conformance", "--json", "nothing.jsonl"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint.contains("--json: "), "{}", ended.complaint);
}

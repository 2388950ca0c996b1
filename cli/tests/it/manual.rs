//! `docs/manual` tells the truth: its examples are run, its links lead somewhere, and every command and option stands in it.
//!
//! Lines behind `$` in a block marked `console` are run, in a folder that holds the files of `examples/mail` and
//! `docs/manual/examples`, one for each chapter, and the lines below must be what they print. `MAILPROOF_WRITE_MANUAL=1` writes those lines anew: look at what changed.

use super::{command, run};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Chapters about what all commands have in common.
const COMMON: [&str; 2] = ["command.md", "dns.md"];

struct Chapter {
    path: PathBuf,
    text: String,
}

/// One command line of an example, and what it prints.
struct Example {
    line: String,
    expected: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn chapters() -> Vec<Chapter> {
    let mut folders = vec![root().join("docs/manual")];
    let mut chapters = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                chapters.push(Chapter { text: fs::read_to_string(&path).unwrap(), path });
            }
        }
    }
    chapters.sort_by(|one, other| one.path.cmp(&other.path));
    chapters
}

#[test]
fn every_example_prints_what_stands_below_it() {
    let writing = std::env::var_os("MAILPROOF_WRITE_MANUAL").is_some();
    let mut ran = 0;
    for chapter in chapters() {
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path());
        let mut anew = String::new();
        let mut in_console = false;
        let mut block = String::new();
        for line in chapter.text.lines() {
            if in_console && line == "```" {
                let mut code = 0;
                for example in examples(&block) {
                    let printed = perform(&example.line, folder.path(), &mut code);
                    ran += 1;
                    assert!(
                        writing || printed == example.expected,
                        "{}\n$ {}\nprints\n{printed}\nand not\n{}",
                        chapter.path.display(),
                        example.line,
                        example.expected
                    );
                    anew.push_str(&format!("$ {}\n{printed}", example.line));
                }
                in_console = false;
            }
            if in_console {
                block.push_str(&format!("{line}\n"));
            } else {
                anew.push_str(&format!("{line}\n"));
            }
            if line == "```console" {
                in_console = true;
                block.clear();
            }
        }
        if writing && anew != chapter.text {
            fs::write(&chapter.path, anew).unwrap();
        }
    }
    assert!(ran > 40, "only {ran} examples were found");
}

/// Puts the files of the examples into a folder; keys as a careful owner has them.
fn lay_out(folder: &Path) {
    for source in ["examples/mail", "docs/manual/examples"] {
        for entry in fs::read_dir(root().join(source)).unwrap() {
            let path = entry.unwrap().path();
            let copy = folder.join(path.file_name().unwrap());
            fs::copy(&path, &copy).unwrap();
            if path.extension().is_some_and(|extension| extension == "pem") {
                fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
    }
}

fn examples(block: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut continued = false;
    for line in block.lines() {
        if continued {
            let example = examples.last_mut().unwrap();
            example.line.push_str(&format!("\n{line}"));
            continued = line.ends_with('\\');
        } else if let Some(line) = line.strip_prefix("$ ") {
            continued = line.ends_with('\\');
            examples.push(Example { line: line.to_owned(), expected: String::new() });
        } else {
            let example = examples.last_mut().expect("a block begins with $");
            example.expected.push_str(&format!("{line}\n"));
        }
    }
    examples
}

/// Runs a line as a shell would, as far as the manual needs: quotes, a pipe, files, settings in front, and `echo $?`.
fn perform(line: &str, folder: &Path, code: &mut i32) -> String {
    if line == "echo $?" {
        return format!("{code}\n");
    }
    let mut passed = Vec::new();
    let mut complaints = Vec::new();
    for words in words(&line.replace("\\\n", " ")).split(|word| word == "|") {
        let mut run = command();
        let mut target = None;
        let mut words = words.iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            run.env(name, value);
            words.next();
        }
        assert_eq!(words.next().map(String::as_str), Some("mailproof"), "{line}");
        for word in words {
            match (word.strip_prefix('>'), word.strip_prefix("<")) {
                (Some(file), _) => target = Some(folder.join(file)),
                (None, Some(file)) if folder.join(file).is_file() => {
                    passed = fs::read(folder.join(file)).unwrap()
                }
                (None, _) => drop(run.arg(word)),
            }
        }
        let mut child = run
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What is handed over is small: it fits the pipe. A command that does not read is no failure.
        let _ = child.stdin.take().unwrap().write_all(&passed);
        let output = child.wait_with_output().unwrap();
        *code = output.status.code().unwrap();
        complaints.extend(output.stderr);
        passed = output.stdout;
        if let Some(target) = target {
            fs::write(target, std::mem::take(&mut passed)).unwrap();
        }
    }
    passed.extend(complaints);
    String::from_utf8(passed).unwrap().replace("\r\n", "\n")
}

/// The words of a line; what stands in quotes is one, or a part of one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert_eq!(quote, None, "{line}");
    words.extend(word);
    words
}

#[test]
fn every_link_leads_somewhere() {
    let root = root();
    let mut pages = chapters();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let path = root.join(name);
        pages.push(Chapter { text: fs::read_to_string(&path).unwrap(), path });
    }
    let mut followed = 0;
    for page in &pages {
        for link in links(&page.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.path.clone(),
                _ => page.path.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link} leads nowhere", page.path.display());
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let found = headings(&text).any(|heading| anchor_of(heading) == anchor);
                assert!(found, "{}: {link} has no such heading", page.path.display());
            }
        }
    }
    assert!(followed > 30, "only {followed} links were found");
}

#[test]
fn every_block_of_json_is_json() {
    for chapter in chapters() {
        for block in chapter.text.split("\n```json\n").skip(1) {
            let block = block.split("\n```").next().unwrap();
            let read: Result<serde_json::Value, _> = serde_json::from_str(block);
            assert!(read.is_ok(), "{}: {read:?}\n{block}", chapter.path.display());
        }
    }
}

#[test]
fn every_chapter_stands_in_the_summary() {
    let chapters = chapters();
    let summary = chapters.iter().find(|chapter| chapter.path.ends_with("SUMMARY.md")).unwrap();
    let folder = summary.path.parent().unwrap();
    let mut listed = BTreeSet::new();
    for link in links(&summary.text) {
        assert!(listed.insert(folder.join(link)), "{link} stands twice");
    }
    let written: BTreeSet<PathBuf> =
        chapters.iter().map(|chapter| chapter.path.clone()).filter(|path| *path != summary.path).collect();
    assert_eq!(listed, written);
}

#[test]
fn every_command_and_option_stands_in_the_manual() {
    let chapters = chapters();
    // Only the tables: the list of all commands names every option.
    let common: String = chapters
        .iter()
        .filter(|chapter| COMMON.iter().any(|name| chapter.path.ends_with(name)))
        .flat_map(|chapter| chapter.text.lines().filter(|line| line.starts_with('|')))
        .collect();
    let mut open = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = run(&arguments).out;
        for name in subcommands(&help) {
            open.push([path.as_slice(), &[name]].concat());
        }
        if path.is_empty() {
            continue;
        }
        seen += 1;
        let called = path.join(" ");
        let mut about = chapters.iter().filter(|chapter| {
            let mut headings = headings(&chapter.text);
            headings.any(|heading| heading.contains(&format!("`{called}`")))
        });
        let chapter = about.next().unwrap_or_else(|| panic!("no heading has `{called}`"));
        for option in options(&help) {
            assert!(
                mentions(&chapter.text, &option) || mentions(&common, &option),
                "{}: {option} of `{called}` is missing",
                chapter.path.display()
            );
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
}

/// The commands that a help lists.
fn subcommands(help: &str) -> Vec<String> {
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    listed
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The long options that a help lists.
fn options(help: &str) -> BTreeSet<String> {
    let rows = help.lines().filter(|line| line.trim_start().starts_with('-'));
    rows.filter_map(|row| {
        let option = row.split([' ', ',']).find(|word| word.starts_with("--"))?;
        let option = option.trim_end_matches('.');
        (option != "--help").then(|| option.to_owned())
    })
    .collect()
}

/// Whether a text names an option, and not only a longer one.
fn mentions(text: &str, option: &str) -> bool {
    text.split(option)
        .skip(1)
        .any(|rest| !rest.starts_with(|next: char| next == '-' || next.is_alphanumeric()))
}

/// The lines outside blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_block = false;
    text.lines().filter(move |line| {
        let fence = line.starts_with("```");
        in_block ^= fence;
        !in_block && !fence
    })
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter(|line| line.starts_with('#'))
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)))
}

/// The anchor that a heading gets.
fn anchor_of(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|next| next.is_alphanumeric() || matches!(next, ' ' | '-' | '_'));
    kept.map(|next| if next == ' ' { '-' } else { next }).collect()
}

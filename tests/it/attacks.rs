//! `docs/manual/attacks.md` names, in each of its rows, tests that exist.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Names of functions under `#[test]` or one like it.
fn test_names(folder: &Path, names: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            test_names(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let tests = ["#[test]", "#[tokio::test"].map(|attribute| source.split(attribute).skip(1));
            let tests = tests.into_iter().flatten();
            let functions = tests.filter_map(|text| text.split_once("fn ")?.1.split_once('('));
            names.extend(functions.map(|(name, _)| name.trim().to_owned()));
        }
    }
}

#[test]
fn every_attack_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = HashSet::new();
    for folder in ["src", "tests", "cli", "milter/src", "milter/tests"] {
        test_names(&root.join(folder), &mut names);
    }
    let manual = fs::read_to_string(root.join("docs/manual/attacks.md")).unwrap();
    let mut count = 0;
    for row in manual.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack")) {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let tests: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test guards: {row}");
        for name in tests {
            assert!(names.contains(name), "{name} is no test, but said to guard: {row}");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

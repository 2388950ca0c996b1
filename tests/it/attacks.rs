//! `docs/manual/attacks.md` names tests that exist.

use std::fs;
use std::path::Path;

fn test_names(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            test_names(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let functions = source.split("fn ").skip(1);
            names.extend(functions.filter_map(|text| text.split_once('(')).map(|(name, _)| name.to_owned()));
        }
    }
}

#[test]
fn every_attack_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    for folder in ["src", "tests", "cli", "milter/src", "milter/tests"] {
        test_names(&root.join(folder), &mut names);
    }
    let manual = fs::read_to_string(root.join("docs/manual/attacks.md")).unwrap();
    let mut count = 0;
    for row in manual.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack")) {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        for name in tests.split('`').skip(1).step_by(2) {
            assert!(names.iter().any(|known| known == name), "{name}");
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

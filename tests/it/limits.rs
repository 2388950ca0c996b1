//! `docs/manual/limits.md` says what the code says.

use std::fs;
use std::path::Path;

/// The numbers of a value of settings, by their names.
fn numbers(settings: &str) -> Vec<&str> {
    let fields = settings.split(['{', ',']).filter_map(|field| field.trim().split_once(": "));
    fields
        .filter(|(_, value)| value.starts_with(|c: char| c.is_ascii_digit()))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_limit_is_documented_with_its_default() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manual = fs::read_to_string(root.join("docs/manual/limits.md")).unwrap();
    let mut documented = Vec::new();
    for row in manual.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, name, default, source, _, file, _] = cells[..] else { panic!("{row}") };
        assert!(!source.is_empty(), "no source: {row}");
        let code = fs::read_to_string(root.join(file)).unwrap();
        let is_set = code.lines().any(|line| {
            let line = line.trim();
            let constant =
                line.contains(&format!("const {name}: ")) && line.ends_with(&format!("= {default};"));
            constant || line == format!("{name}: {default},")
        });
        assert!(is_set, "{file} says otherwise than {row}");
        documented.push((file, name));
    }
    let of = |file: &'static str, settings: String| {
        for name in numbers(&settings) {
            assert!(documented.contains(&(file, name)), "{name} of {file} is not documented");
        }
    };
    of("src/dkim/policy.rs", format!("{:?}", mailproof::dkim::Policy::default()));
    of("src/spf/budget.rs", format!("{:?}", mailproof::spf::Limits::default()));
}

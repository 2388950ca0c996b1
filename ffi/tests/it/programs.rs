//! The programs of `tests/c`: as they are, from C and from C++, under valgrind, and with sanitizers.

use crate::toolchain::{CLANG, CXX, Compiler, GCC, SANITIZED, c, has, succeed};
use std::process::Command;

/// Each program, and its arguments where it runs slowly.
const PROGRAMS: [(&str, &[&str]); 8] = [
    ("arc.c", &[]),
    ("growth.c", &["400"]),
    ("misuse.c", &[]),
    ("modes.c", &[]),
    ("signing.c", &[]),
    ("steps_early.c", &[]),
    ("streaming.c", &[]),
    ("threads.c", &["5"]),
];

#[test]
fn every_program_of_the_folder_runs() {
    let mut names: Vec<_> = std::fs::read_dir(c(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".c"))
        .collect();
    names.sort();
    assert_eq!(names, PROGRAMS.map(|(name, _)| name));
}

#[test]
fn they_hold_in_c99() {
    run_all(GCC, &[]);
}

#[test]
fn they_hold_by_clang() {
    run_all(CLANG, &[]);
}

#[test]
fn they_hold_in_cxx() {
    run_all(CXX, &[]);
}

#[test]
fn they_hold_under_address_and_undefined_behaviour_sanitizers() {
    run_all(SANITIZED, &[]);
}

#[test]
fn they_hold_under_valgrind() {
    if !has("valgrind") || !has("gcc") {
        return;
    }
    let memcheck = Compiler { name: "valgrind", ..GCC };
    run_all(
        memcheck,
        &[
            "valgrind",
            "-q",
            "--leak-check=full",
            "--show-leak-kinds=definite,indirect,possible",
            "--errors-for-leak-kinds=definite,indirect,possible",
            "--error-exitcode=99",
        ],
    );
}

/// 100 000 checks leave no growth behind.
#[test]
fn many_checks_leave_no_growth() {
    if !has("gcc") {
        return;
    }
    let program = Compiler { name: "growth", ..GCC }.compile(&c("growth.c"), &[]);
    let output = succeed(Command::new(program).arg("100000"));
    println!("{}", String::from_utf8_lossy(&output.stdout));
}

/// The header alone is a whole translation unit, in every dialect.
#[test]
fn the_header_stands_alone() {
    let dialects = [
        ("gcc", "-std=c99", "c"),
        ("gcc", "-std=c11", "c"),
        ("gcc", "-std=gnu17", "c"),
        ("g++", "-std=c++11", "c++"),
        ("g++", "-std=c++17", "c++"),
        ("clang", "-std=c99", "c"),
        ("clang", "-std=c++17", "c++"),
    ];
    for (compiler, dialect, language) in dialects {
        if has(compiler) {
            let header = crate::header::path();
            let strict =
                ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror", "-fsyntax-only", "-x", language];
            let mut command = Command::new(compiler);
            // A header taken for the main file is told so by gcc; it is included instead.
            command.arg(dialect).args(strict).arg("-include").arg(header).arg("/dev/null");
            succeed(&mut command);
        }
    }
}

fn run_all(compiler: Compiler, wrapper: &[&str]) {
    if !has(compiler.program) {
        return;
    }
    for (name, arguments) in PROGRAMS {
        let program = compiler.compile(&c(name), &[]);
        let mut words: Vec<_> = wrapper.iter().map(|word| (*word).to_owned()).collect();
        words.push(program.display().to_string());
        succeed(Command::new(&words[0]).args(&words[1..]).args(arguments));
    }
}

//! C and C++ compilers, and programs made by them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Whether a program is to be had; where tests must be real, it has to be.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
    if found.status.success() {
        return true;
    }
    let required = std::env::var("MAILPROOF_REQUIRE_REAL").is_ok_and(|value| value == "1");
    assert!(!required, "{program} is missing; .ci/install installs it");
    println!("skipped: there is no {program}");
    false
}

/// What cargo built of this library: the folder of `libmailproof_ffi.so` and `.a`.
fn built() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

pub(crate) fn archive() -> PathBuf {
    built().join("libmailproof_ffi.a")
}

pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder with the shared library under the names it is installed by.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = folder("lib");
        for name in ["libmailproof.so.0", "libmailproof.so"] {
            let link = folder.join(name);
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(built().join("libmailproof_ffi.so"), link).unwrap();
        }
        folder
    })
}

/// A compiler and what it is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compiler {
    pub(crate) name: &'static str,
    pub(crate) program: &'static str,
    pub(crate) flags: &'static [&'static str],
}

const STRICT: &[&str] = &["-std=c99", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"];
pub(crate) const GCC: Compiler = Compiler { name: "gcc", program: "gcc", flags: STRICT };
pub(crate) const CLANG: Compiler = Compiler { name: "clang", program: "clang", flags: STRICT };
pub(crate) const CXX: Compiler = Compiler {
    name: "g++",
    program: "g++",
    flags: &["-x", "c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"],
};
pub(crate) const SANITIZED: Compiler = Compiler {
    name: "sanitized",
    program: "gcc",
    flags: &[
        "-std=c99",
        "-D_GNU_SOURCE",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-g",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ],
};

impl Compiler {
    /// Compiles a source to a program that finds the shared library; `extra` stands behind it.
    pub(crate) fn compile(&self, source: &Path, extra: &[&str]) -> PathBuf {
        let program = folder(self.name).join(source.file_stem().unwrap());
        let mut command = Command::new(self.program);
        command.args(self.flags).arg("-I").arg(root().join("include")).arg(source);
        command.arg("-o").arg(&program).args(["-x", "none"]);
        command.arg("-L").arg(library()).arg("-lmailproof").arg("-pthread");
        command.arg(format!("-Wl,-rpath,{}", library().display())).args(extra);
        succeed(&mut command);
        program
    }
}

pub(crate) fn c(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

/// Runs a command, which must succeed and say nothing on standard error that begins with `warning`.
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

//! Instructions, counted by callgrind.

use crate::shapes;
use std::process::Command;
use std::{env, fs};

/// Prints what each shape costs beside a plain message of its size; whether all stay within `limit`.
pub(crate) fn table(sizes: &[usize], limit: f64) -> bool {
    let mut holds = true;
    for size in sizes {
        let plain = instructions("plain", *size);
        println!("{size} octets: plain {plain:.0} instructions");
        for (shape, _) in shapes::known() {
            let ratio = instructions(shape, *size) / plain;
            holds &= ratio < limit;
            println!("  {ratio:7.1}  {shape}");
        }
    }
    holds
}

/// Of the work on one message of a shape, by its name or its recipe.
pub(crate) fn instructions(shape: &str, size: usize) -> f64 {
    let own = env::current_exe().unwrap();
    let dump = own.with_extension("callgrind");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*mailproof_worst::counted*"])
        .arg(format!("--callgrind-out-file={}", dump.display()))
        .arg(&own)
        .args(["work", shape, &size.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(dump).unwrap();
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
    total.trim().parse().unwrap()
}

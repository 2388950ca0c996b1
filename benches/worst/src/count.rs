//! Instructions, counted by callgrind.

use crate::{Telling, shapes};
use std::process::Command;
use std::{env, fs};

/// Prints what each shape costs beside a plain message of its size; whether all stay within `limit`.
pub(crate) fn table(sizes: &[usize], limit: f64) -> bool {
    let mut holds = true;
    for size in sizes {
        let plain = Telling::ALL.map(|telling| work("plain", *size, telling));
        println!("{size} octets: plain {plain:.0?} instructions");
        for (shape, _) in shapes::known() {
            let ratio = ratio(shape, *size, plain);
            holds &= ratio < limit;
            println!("  {ratio:7.1}  {shape}");
        }
    }
    holds
}

/// How much more a message costs than a plain one, told in the way that makes it dearest.
pub(crate) fn ratio(shape: &str, size: usize, plain: [f64; 2]) -> f64 {
    let ratios = Telling::ALL.into_iter().zip(plain);
    ratios.map(|(telling, plain)| work(shape, size, telling) / plain).fold(0.0, f64::max)
}

/// Of the work on one message of a shape, by its name or its recipe.
pub(crate) fn work(shape: &str, size: usize, telling: Telling) -> f64 {
    instructions(&["work", shape, &size.to_string(), telling.word()])
}

/// Of what the program counts when it is called so.
pub(crate) fn instructions(arguments: &[&str]) -> f64 {
    let own = env::current_exe().unwrap();
    let dump = own.with_extension("callgrind");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*mailproof_worst::counted*"])
        .arg(format!("--callgrind-out-file={}", dump.display()))
        .arg(&own)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(dump).unwrap();
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
    total.trim().parse().unwrap()
}

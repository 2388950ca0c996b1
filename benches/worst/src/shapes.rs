//! Messages known to be bad, from which the search starts, and those it found.

use crate::recipe::{Part, Recipe};

const ED25519: usize = 0;
const RSA_2048: usize = 2;

/// The dearest of 5 KB that was found.
const FOUND_5_KB: &str = "\
    1*0.2.3.4.1,1*10.0.2.8.1,3*9.0.0.7.1,3*7.3.1.3.1,1*0.4.0.3.1,1*3.2.0.1.1,1*0.0.0.1.1,1*1.4.0.1.114,1*1.0.0.2.1,\
    1*0.6.2.3.1,1*0.2.1.1.1,1*9.5.2.7.22,1*0.0.0.1.1,1*0.7.0.7.1,1*0.2.0.5.1,1*10.6.0.1.1,1*8.7.0.1.1,1*0.3.0.5.1,\
    1*9.1.0.1.13,1*9.7.2.8.11,1*1.0.0.7.1,1*9.1.0.1.13,2*9.2.1.5.1,1*2.3.0.1.96,1*1.3.0.8.141,1*9.5.0.1.13,\
    1*9.1.0.1.13,2*0.2.0.1.1,1*10.0.3.1.269,1*0.2.2.1.1,1*9.1.1.1.1,1*9.1.3.1.1,1*0.1.0.7.1,1*9.1.0.1.70,\
    1*1.3.0.7.1,1*9.3.0.1.1,1*3.3.2.3.1,1*9.1.0.1.13,1*0.3.1.4.67,1*9.1.0.1.13,1*1.3.0.6.1,1*0.1.0.6.1,1*11.2.0.1.1,\
    1*9.1.1.1.1,1*0.2.0.1.1,1*8.6.0.1.1,1*1.6.2.6.282,1*9.1.3.4.14,1*6.3.0.1.1,1*3.0.3.3.255,1*9.1.0.1.13,\
    1*0.2.0.5.1,1*0.2.2.1.1,1*0.2.0.1.1,1*9.1.0.1.13,1*1.5.1.5.1,1*10.0.0.6.1,1*3.7.2.3.107,1*0.5.3.3.159,\
    1*0.4.0.1.1,1*0.3.0.1.1,1*3.4.3.4.1,1*4.4.0.1.1,1*7.4.0.1.1,1*4.3.2.8.1,1*1.4.0.2.1,1*11.3.0.1.294,\
    1*0.2.0.1.1;5;1";
/// The dearest of 10 KB.
const FOUND_10_KB: &str = "\
    4*5.7.0.1.1,1*2.0.0.4.1,1*3.2.0.3.251,1*4.4.0.1.1,1*3.0.0.1.1,2*1.4.0.1.1,1*4.4.0.1.1,1*1.2.0.1.1,2*4.4.0.1.1,\
    1*0.4.0.1.1,1*9.2.3.1.1,1*1.4.2.4.1,1*1.4.0.1.1,1*1.3.0.4.12,1*2.4.0.1.1,1*1.4.0.1.1,1*8.7.0.1.1,1*3.1.3.3.52,\
    1*1.4.0.1.1,1*10.2.1.3.1,1*10.4.0.1.1,5*1.4.0.1.1,1*1.4.0.3.1,1*8.6.0.1.1,1*1.7.0.1.1,1*10.3.0.4.119,\
    1*11.6.0.1.1,3*1.4.0.1.1,3*7.6.0.1.1,2*1.4.0.1.1,1*0.5.1.1.1,1*10.4.0.1.1,1*6.4.0.1.273,1*0.4.3.1.1,1*1.7.1.2.1,\
    1*1.5.0.1.1,1*2.5.0.1.1,1*8.1.0.1.1,1*0.1.0.1.1,3*1.4.0.1.1,1*1.3.0.4.1,2*1.4.0.1.1,1*7.2.0.3.1,2*1.4.0.1.1,\
    1*3.5.0.1.1,1*3.2.3.7.1,1*1.4.0.1.1,1*11.4.0.1.1,1*9.0.1.1.1,1*1.4.0.1.1,1*5.0.3.1.249,1*1.5.0.1.23,\
    1*1.6.2.3.238,1*1.4.0.1.1,1*8.7.1.1.1,3*1.4.0.1.1,1*0.5.3.1.1,1*1.3.0.1.1,1*0.5.3.1.1,1*1.4.0.1.121,1*7.6.0.5.1,\
    1*5.1.0.1.1,3*1.4.0.1.1,1*1.4.0.5.1,3*1.4.0.1.1,1*6.2.0.1.1,10*1.4.0.1.1,1*7.0.0.1.1,1*1.4.0.1.242,1*1.4.2.1.1,\
    5*10.2.1.2.1,1*1.4.0.1.1,1*0.5.3.1.1,1*1.4.0.1.1,1*7.6.0.1.1,1*10.6.0.1.1,1*7.6.0.1.1,1*2.4.0.1.212,1*1.0.0.7.1,\
    1*9.2.3.1.1,1*2.4.0.6.1,1*5.4.0.1.138,1*7.4.3.1.1,1*10.2.0.3.39,1*10.4.0.1.1,3*1.4.0.1.1,4*5.6.0.1.1,\
    4*1.4.0.1.1;9;1";

/// One signature of RSA with 2048 bits, SPF and DMARC.
pub(crate) fn plain() -> Recipe {
    Recipe::of(1, &Part::new(0, RSA_2048))
}

pub(crate) fn known() -> Vec<(&'static str, Recipe)> {
    let many = |count, kind, key| Recipe::of(count, &Part::new(kind, key));
    let with = |count, part: Part| Recipe::of(count, &part);
    vec![
        ("ten signatures, Ed25519", many(10, 0, ED25519)),
        ("ten signatures, RSA 2048", many(10, 0, RSA_2048)),
        ("ten signatures, RSA 4096", many(10, 0, 4)),
        ("ten signatures, RSA 4096, large exponent", many(10, 0, 5)),
        ("ten signatures, RSA 8192, large exponent", many(10, 0, 7)),
        ("ten signatures, five keys each", with(10, Part { records: 5, ..Part::new(0, RSA_2048) })),
        ("ten signatures, five keys each, Ed25519", with(10, Part { records: 5, ..Part::new(0, ED25519) })),
        ("ten signatures, five keys each, RSA 4096", with(10, Part { records: 5, ..Part::new(0, 4) })),
        ("fifty sets, Ed25519", many(50, 1, ED25519)),
        ("fifty sets, RSA 2048", many(50, 1, RSA_2048)),
        ("fifty sets, RSA 4096", many(50, 1, 4)),
        ("fifty sets, five keys each, Ed25519", with(50, Part { records: 5, ..Part::new(1, ED25519) })),
        ("long h=", with(10, Part { count: 250, ..Part::new(3, ED25519) })),
        ("From with comments", with(300, Part { count: 100, ..Part::new(4, 0) })),
        ("Authentication-Results", with(300, Part { count: 100, ..Part::new(5, 0) })),
        ("fields without end", with(5000, Part::new(6, 0))),
        ("lines that are no fields", with(5000, Part::new(7, 0))),
        ("large fields, signed by ten", signed_large_fields()),
        ("ten signatures of deep domains", many(10, 10, ED25519)),
        ("a From of many", with(300, Part { count: 100, ..Part::new(11, 0) })),
        ("everything", Recipe { policy: 1, ..everything(50, 10) }),
        ("everything, more DKIM", Recipe { policy: 3, ..everything(5, 10) }),
        ("found at 5 KB", Recipe::read(FOUND_5_KB).unwrap()),
        ("found at 10 KB", Recipe::read(FOUND_10_KB).unwrap()),
        ("SPF of many terms", Recipe { policy: 1, ..plain() }),
        ("SPF of ten mx", Recipe { policy: 2, ..plain() }),
        ("SPF of macros", Recipe { policy: 3, ..plain() }),
        ("SPF of the client's names", Recipe { policy: 4, ..plain() }),
        ("SPF of redirects", Recipe { policy: 5, ..plain() }),
        ("SPF of empty macros", Recipe { policy: 6, ..plain() }),
    ]
}

fn signed_large_fields() -> Recipe {
    let signature = Part { count: 20, ..Part::new(9, ED25519) };
    let fields = Part { count: 300, ..Part::new(8, 0) };
    Recipe { parts: [vec![signature; 10], vec![fields; 20]].concat(), ..plain() }
}

/// Signatures, a chain, comments and large fields, in a body of white space.
fn everything(sets: usize, signatures: usize) -> Recipe {
    let set = Part { records: 5, ..Part::new(1, ED25519) };
    let signature = Part { records: 5, count: 20, ..Part::new(9, RSA_2048) };
    let results = Part { count: 100, ..Part::new(5, 0) };
    let field = Part { count: 300, ..Part::new(8, 0) };
    let parts = [vec![signature; signatures], vec![set; sets], vec![results; 5], vec![field; 20]].concat();
    Recipe { parts, filling: 1, policy: 0 }
}

pub(crate) fn named(name: &str) -> Option<Recipe> {
    if name == "plain" {
        return Some(plain());
    }
    known().into_iter().find(|(known, _)| *known == name).map(|(_, recipe)| recipe)
}

//! Messages known to be bad, from which the search starts, and those it found.

use crate::recipe::{Part, Recipe};

const ED25519: usize = 0;
const RSA_2048: usize = 2;

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
        ("SPF of many terms", Recipe { policy: 1, ..plain() }),
        ("SPF of ten mx", Recipe { policy: 2, ..plain() }),
        ("SPF of macros", Recipe { policy: 3, ..plain() }),
        ("SPF of the client's names", Recipe { policy: 4, ..plain() }),
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

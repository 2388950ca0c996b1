//! Ours and the programs of others on the same random input: every disagreement is of a known class, or the run fails.

mod mail_auth_peer;
mod program;
mod random;
mod record;
mod spf;
mod zone;

fn main() {
    // triage
    let n: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1000);
    let dir = std::env::var("PEERS").unwrap();
    let bin = std::env::var("BIN").unwrap();
    let cases: Vec<spf::Case> = (0..n).map(|i| spf::Case::make(1, i)).collect();
    let lines = std::sync::Arc::new(cases.iter().map(spf::Case::line).collect::<Vec<_>>());
    let s = |x: &[&str]| x.iter().map(|x| x.to_string()).collect::<Vec<_>>();
    let peers = [
        ("pyspf", s(&["/usr/bin/python3", &format!("{dir}/spf_pyspf.py")])),
        ("Mail::SPF", s(&["perl", &format!("{dir}/spf_mail_spf.pl")])),
        ("libspf2", s(&[&format!("{bin}/spf_libspf2")])),
    ];
    let mut all: Vec<(&str, Vec<Option<String>>)> = vec![];
    let t = std::time::Instant::now();
    let handles: Vec<_> = peers.into_iter().map(|(n, c)| { let l = lines.clone(); (n, std::thread::spawn(move || { let t = std::time::Instant::now(); let a = program::answers(&c, &l).unwrap(); eprintln!("{n} {:?}", t.elapsed()); a })) }).collect();
    let m = mail_auth_peer::MailAuth::new();
    all.push(("mail-auth", cases.iter().map(|c| m.spf(c)).collect()));
    eprintln!("mail-auth {:?}", t.elapsed());
    for (n, h) in handles { all.push((n, h.join().unwrap().into_iter().map(Some).collect())); }
    for (i, c) in cases.iter().enumerate() {
        let (v, _) = c.check(&Default::default());
        for (peer, a) in &all {
            if let Some(w) = &a[i] { if w.split('\t').next() != Some(v.outcome.word()) {
                println!("{peer}\t{}\t{w}\t{}\t{i}", v.outcome.word(), v.reason());
            } }
        }
        if std::env::var("SHOW").ok().as_deref() == Some(&i.to_string()) { eprintln!("{:?} {} {:?}", c.ip, c.helo, c.sender); for (n, d) in &c.zone.records { eprintln!("  {n} {}", match d { zone::Data::Txt(t) => format!("{:?}", t.iter().map(|x| String::from_utf8_lossy(x).into_owned()).collect::<Vec<_>>()), d => format!("{d:?}") }); } }
    }
}

//! Messages to be signed.

use crate::random::Random;

pub fn header(random: &mut Random) -> Vec<Vec<u8>> {
    let mut fields: Vec<Vec<u8>> = vec![
        b"Received: from a by b;\r\n\tMon, 1 Jan 2024 00:00:00 +0000".to_vec(),
        b"Date: Mon, 1 Jan 2024 00:00:00 +0000".to_vec(),
        b"From: Joe  SixPack <joe@example.com>".to_vec(),
        b"To: Suzie Q <suzie@example.net>".to_vec(),
        b"Subject: Is dinner   ready?".to_vec(),
        b"Message-ID: <1@example.com>".to_vec(),
    ];
    let others: [&[u8]; 14] = [
        b"subject:second", b"Comments: one", b"Comments:\t two  \t", b"X-Empty:", b"X-White: \t ", b"X-Folded: a\r\n b\r\n\tc", b"X-Begins-Folded:\r\n with it",
        b"MIME-Version: 1.0", b"Content-Type: text/plain;\r\n charset=utf-8", b"X-8Bit: caf\xc3\xa9 \xff", b"X-Space : before the colon", b"List-Id: <l.example.com>",
        b"X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"Reply-To: \"a;b=c\" <a@example.com>",
    ];
    for _ in 0..random.below(5) {
        let at = random.below(fields.len() + 1);
        fields.insert(at, others[random.below(others.len())].to_vec());
    }
    fields
}

pub fn body(random: &mut Random) -> Vec<u8> {
    let pieces: [&[u8]; 16] = [
        b"Hi.\r\n",
        b"\r\n",
        b"We lost the game. Are you hungry yet?\r\n",
        b"trailing  \r\n",
        b"\ttabs\t\tand  spaces \t\r\n",
        b" \r\n",
        b"\t\r\n",
        b".\r\n",
        b"..x\r\n",
        b"--\r\n",
        b"caf\xc3\xa9\r\n",
        b" leading\r\n",
        b"\r\n\r\n",
        b"=3D=20\r\n",
        b"a b\r\n",
        b"x\r\n",
    ];
    let mut body = Vec::new();
    for _ in 0..random.below(9) {
        body.extend_from_slice(pieces[random.below(pieces.len())]);
    }
    match random.below(30) {
        0 => body.extend_from_slice(b"no end of line"),
        1 => body.extend_from_slice(b"white end \t "),
        2 => body.extend_from_slice(b"lone\nfeed\r\n"),
        3 => body.extend_from_slice(b"lone\rreturn\r\n"),
        4 => body.extend_from_slice(b"\r\r\n"),
        5 => body.extend_from_slice(b"\r"),
        _ => {}
    }
    body
}

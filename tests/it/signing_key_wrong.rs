//! What is no private key that could sign: each is told what it is.

use crate::signing_key::{ED25519, RFC8463_RECORD, RFC8463_SECRET, RSA, RSA_PUBLIC, openssl, pem, seed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::{ForeignKey, SigningKey, UnusableKey};

/// RFC 8463 appendix A.1: 1024 bits.
const RFC8463_RSA: &str = "-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
";

fn why(octets: impl AsRef<[u8]>) -> UnusableKey {
    SigningKey::read(octets.as_ref()).unwrap_err()
}

#[test]
fn a_file_without_a_key_is_told_from_a_broken_one() {
    for nothing in ["", " ", "\r\n\t \n"] {
        assert_eq!(why(nothing), UnusableKey::Empty, "{nothing:?}");
        assert_eq!(SigningKey::from_pem(nothing.as_bytes()).unwrap_err(), UnusableKey::Empty);
    }
    assert_eq!(SigningKey::from_der(b"").unwrap_err(), UnusableKey::Empty);
    for none in ["hello, world", "<html>", "PuTTY-User-Key-File-3: ssh-ed25519", "{\"key\": 1}"] {
        assert_eq!(why(none), UnusableKey::NotFound, "{none:?}");
    }
    assert_eq!(SigningKey::from_pem(RFC8463_SECRET.as_bytes()).unwrap_err(), UnusableKey::NotFound);
    assert_eq!(why(pem("DH PARAMETERS", b"x")), UnusableKey::NotFound);
    assert_eq!(why(vec![b'A'; 65_537]), UnusableKey::TooLarge);
    assert_eq!(SigningKey::from_pem(&[b' '; 65_537]).unwrap_err(), UnusableKey::TooLarge);
    assert_eq!(SigningKey::from_der(&[0x30; 65_537]).unwrap_err(), UnusableKey::TooLarge);
    // 32 characters are text that was cut, not a seed.
    assert_eq!(why(&RFC8463_SECRET[..32]), UnusableKey::BrokenDer);
}

#[test]
fn several_private_keys_are_refused_of_whatever_kind() {
    let (rsa, ed25519) = (pem("PRIVATE KEY", RSA), pem("PRIVATE KEY", ED25519));
    assert_eq!(why(format!("{rsa}{ed25519}")), UnusableKey::Several);
    assert_eq!(why(format!("{rsa}\n{rsa}")), UnusableKey::Several);
    assert_eq!(why(format!("{ed25519}{}", pem("ENCRYPTED PRIVATE KEY", b"x"))), UnusableKey::Several);
}

#[test]
fn public_keys_and_records_are_told() {
    let public = |text: &str| assert_eq!(why(text), UnusableKey::PublicKey, "{text}");
    public(&pem("PUBLIC KEY", RSA_PUBLIC));
    public(&pem("RSA PUBLIC KEY", &RSA_PUBLIC[24..]));
    public(&pem("PRIVATE KEY", RSA_PUBLIC));
    public(&pem("RSA PRIVATE KEY", &RSA_PUBLIC[24..]));
    public(&BASE64.encode(RSA_PUBLIC));
    public(RFC8463_RECORD);
    public("mail._domainkey IN TXT ( \"v=DKIM1; k=rsa; \" \"p=MIGf\" ) ; ----- DKIM key mail");
    public("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI joe@example.com\n");
    assert_eq!(why(RSA_PUBLIC), UnusableKey::PublicKey);
}

#[test]
fn damage_is_told_where_it_is() {
    let whole = pem("PRIVATE KEY", RSA);
    let broken_pem = [
        whole.replace("-----END PRIVATE KEY-----\n", ""),
        whole.replace("-----END", "----END"),
        whole.replace("END PRIVATE", "END RSA PRIVATE"),
        whole.replace("END PRIVATE KEY-----", "END PRIVATE KEY"),
        whole.replace("BEGIN PRIVATE KEY-----", "BEGIN PRIVATE KEY"),
        whole[..200].to_owned(),
        format!("{}{whole}", &whole[..200]),
    ];
    for text in broken_pem {
        assert_eq!(why(&text), UnusableKey::BrokenPem, "{text}");
    }
    let broken_base64 =
        [whole.replacen("MII", "M*I", 1), whole.replacen("MII", "MI", 1), whole.replacen("MII", "MI=I", 1)];
    for text in broken_base64 {
        assert_eq!(why(&text), UnusableKey::BrokenBase64, "{text}");
    }
    assert_eq!(why(RFC8463_SECRET[..43].replace('A', "==")), UnusableKey::BrokenBase64);
    for octets in
        [&RSA[..RSA.len() - 1], &[RSA, &[0]].concat(), &RSA[1..], b"\x80secret", &[0x30, 0x80, 0, 0]]
    {
        assert_eq!(why(octets), UnusableKey::BrokenDer);
    }
    assert_eq!(why(pem("PRIVATE KEY", b"")), UnusableKey::Empty);
    assert_eq!(why(pem("PRIVATE KEY", b"secret")), UnusableKey::BrokenDer);
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    // Within each number of the key in turn: n, d, p, q, dP, dQ, qInv begin where RSAPrivateKey has them.
    let key = SigningKey::from_der(RSA).unwrap();
    let mut refused = 0;
    for at in (60..RSA.len()).step_by(97) {
        let mut octets = RSA.to_vec();
        octets[at] ^= 0x10;
        match SigningKey::from_der(&octets) {
            // ring never computes with d.
            Ok(read) => assert!(at > 290 && at < 560 && read.public_key() == key.public_key(), "{at}"),
            Err(why) => {
                assert_eq!(why, UnusableKey::Inconsistent, "{at}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 8, "{refused}");
    let mut pair = [seed(), &SigningKey::from_der(seed()).unwrap().public_key()].concat();
    pair[40] ^= 1;
    assert_eq!(why(&pair), UnusableKey::Inconsistent);
    assert_eq!(why(BASE64.encode(&pair)), UnusableKey::Inconsistent);
}

/// RFC 8301 §3.2: "Signers MUST use RSA keys of at least 1024 bits" and SHOULD use 2048.
#[test]
fn short_rsa_keys_are_refused_with_their_length() {
    assert_eq!(why(RFC8463_RSA), UnusableKey::RsaTooShort { bits: 1024 });
    assert_eq!(why(RFC8463_RSA).to_string(), "an RSA key of 1024 bits is too short: make one of 2048 bits");
    for bits in [512, 1023, 1024, 2040] {
        let Some(key) = openssl(&format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}"), b"")
        else {
            return;
        };
        assert_eq!(why(&key), UnusableKey::RsaTooShort { bits });
    }
}

#[test]
fn unusual_rsa_keys_are_refused_by_what_is_unusual() {
    let exponent = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:";
    let Some(three) = openssl(&format!("{exponent}3"), b"") else { return };
    let accepts_three = cfg!(feature = "aws-lc");
    assert_eq!(SigningKey::read(&three).err(), (!accepts_three).then_some(UnusableKey::RsaExponent));
    let large = openssl(&format!("{exponent}1099511627791"), b"").unwrap();
    assert_eq!(why(large), UnusableKey::RsaExponent);
    let primes = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3";
    assert_eq!(why(openssl(primes, b"").unwrap()), UnusableKey::MultiPrime);
    let pss = "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048";
    assert_eq!(why(openssl(pss, b"").unwrap()), UnusableKey::Foreign(ForeignKey::RsaPss));
}

/// Whole keys whose length `ring` does not sign with are not called damaged.
#[test]
fn rsa_keys_of_uneven_length_are_told_apart_from_broken_ones() {
    for bits in [2560, 3000] {
        let generate = format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}");
        let Some(key) = openssl(&generate, b"") else { return };
        let refused = SigningKey::read(&key).map(|key| key.bits()).map_err(|why| why.to_string());
        let expected = if cfg!(feature = "aws-lc") {
            Ok(bits)
        } else {
            Err(format!("an RSA key of {bits} bits is not supported: make one of 2048 bits"))
        };
        assert_eq!(refused, expected);
    }
}

/// The key itself is nonsense: its length alone decides.
#[test]
fn an_rsa_key_longer_than_the_library_signs_with_is_refused() {
    let number = |octets: usize| {
        let [high, low] = u16::try_from(octets + 1).unwrap().to_be_bytes();
        [&[2, 0x82, high, low, 0], &*vec![0xff; octets]].concat()
    };
    let key = |octets: usize| {
        let rest = [2, 1, 5].repeat(6);
        let body = [&[2, 1, 0], &*number(octets), &[2, 3, 1, 0, 1], &rest].concat();
        let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82, high, low], &*body].concat()
    };
    assert_eq!(why(key(1025)), UnusableKey::RsaTooLong { bits: 8200 });
    assert_eq!(why(key(8000)), UnusableKey::RsaTooLong { bits: 64_000 });
    let expected = if cfg!(feature = "aws-lc") {
        UnusableKey::Inconsistent
    } else {
        UnusableKey::RsaTooLong { bits: 4104 }
    };
    assert_eq!(why(key(513)), expected);
    assert_eq!(why(key(512)), UnusableKey::Inconsistent);
}

#[test]
fn encrypted_keys_are_told_in_all_their_forms() {
    let Some(key) = openssl("genpkey -algorithm ED25519", b"") else { return };
    let rsa = pem("PRIVATE KEY", RSA);
    for (arguments, key) in [
        ("pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret", &*key),
        ("pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret -outform DER", &*key),
        ("rsa -aes128 -passout pass:secret", rsa.as_bytes()),
        ("rsa -aes128 -passout pass:secret -traditional", rsa.as_bytes()),
    ] {
        let encrypted = openssl(arguments, key).unwrap();
        assert_eq!(why(&encrypted), UnusableKey::Encrypted, "{arguments}");
        if let Ok(text) = String::from_utf8(encrypted) {
            assert_eq!(why(text.replace('\n', "\r\n")), UnusableKey::Encrypted, "{arguments}");
        }
    }
    let traditional = openssl("rsa -aes128 -passout pass:secret -traditional", rsa.as_bytes()).unwrap();
    assert!(String::from_utf8(traditional).unwrap().contains("Proc-Type: 4,ENCRYPTED"));
}

#[test]
fn keys_for_something_else_are_named() {
    let named = [
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", ForeignKey::Ec),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", ForeignKey::Ec),
        ("ecparam -genkey -name secp384r1", ForeignKey::Ec),
        ("ecparam -genkey -name prime256v1 -noout -outform DER", ForeignKey::Ec),
        ("genpkey -algorithm ED448", ForeignKey::Ed448),
        ("genpkey -algorithm X25519", ForeignKey::X25519),
        ("genpkey -algorithm X448", ForeignKey::X448),
        ("genpkey -algorithm DH -pkeyopt group:ffdhe2048", ForeignKey::Dh),
    ];
    for (arguments, kind) in named {
        let Some(key) = openssl(arguments, b"") else { return };
        assert_eq!(why(key), UnusableKey::Foreign(kind), "{arguments}");
    }
    let parameters = openssl("dsaparam 1024", b"").unwrap();
    let dsa = openssl("dsaparam -genkey -noout", &parameters).unwrap();
    for arguments in ["pkey", "pkey -outform DER", "pkey -traditional", "pkey -traditional -outform DER"] {
        let key = openssl(arguments, &dsa).unwrap();
        assert_eq!(why(key), UnusableKey::Foreign(ForeignKey::Dsa), "{arguments}");
    }
    let text = why(openssl(named[0].0, b"").unwrap()).to_string();
    assert_eq!(text, "an EC key cannot sign: make an RSA or an Ed25519 key");
}

#[test]
fn certificates_and_ssh_keys_are_told() {
    assert_eq!(why(pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0none")), UnusableKey::OpenSsh);
    let Some(both) =
        openssl("req -x509 -newkey rsa:2048 -nodes -keyout /dev/stdout -subj /CN=mail.example.com", b"")
    else {
        return;
    };
    // A key and its certificate in one file are a key.
    assert!(SigningKey::read(&both).is_ok());
    for arguments in ["x509", "x509 -text", "x509 -outform DER"] {
        let certificate = openssl(arguments, &both).unwrap();
        assert_eq!(why(&certificate), UnusableKey::Certificate, "{arguments}");
    }
    assert_eq!(why(pem("CERTIFICATE REQUEST", b"x")), UnusableKey::Certificate);
}

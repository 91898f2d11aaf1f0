//! Tokens that prove somebody, and all that prove nobody.

mod signer;

use std::path::Path;

use data_encoding::BASE64URL_NOPAD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) use self::signer::Signer;
use self::signer::{AUDIENCE, NAME, claims, rsa};
use super::*;

/// An issuer whose keys lie in a file.
pub(crate) fn configured(folder: &Path, keys: &[Value]) -> IssuerConfig {
    let file = folder.join("keys.json");
    std::fs::write(&file, json!({ "keys": keys }).to_string()).unwrap();
    IssuerConfig {
        id: "staff".to_owned(),
        issuer: NAME.to_owned(),
        audiences: vec![AUDIENCE.to_owned()],
        algorithms: ["ES256", "ES384", "EdDSA", "RS256", "PS512"].map(str::to_owned).to_vec(),
        jwks_file: Some(file),
        jwks_url: None,
        jwks_ca_file: None,
        refresh_seconds: 300,
        max_age_seconds: 3_600,
        user_realms: vec!["eto".to_owned()],
    }
}

async fn told(issuers: &Issuers, token: &str) -> Result<String, &'static str> {
    match issuers.prove(token).await {
        Ok(proven) => Ok(proven.subject),
        Err(Fault::UnknownCaller) => Err("nobody"),
        Err(Fault::NoIssuerKeys) => Err("unavailable"),
        Err(_) => Err("something else"),
    }
}

#[tokio::test]
async fn a_token_signed_by_its_issuer_proves_its_subject() {
    let signers =
        [Signer::es256(), Signer::es384(), Signer::ed(), Signer::Rs256(rsa()), Signer::Ps512(rsa())];
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk(signer.algorithm())).collect();
    let folder = TempDir::new().unwrap();
    let issuers = Issuers::load(&[configured(folder.path(), &keys)]).unwrap();
    for signer in &signers {
        let token = signer.token(signer.algorithm(), "ann", 60);
        assert_eq!(told(&issuers, &token).await, Ok("ann".to_owned()), "{}", signer.algorithm());
        let proven = issuers.prove(&token).await.unwrap();
        assert!(proven.is_good() && !format!("{proven:?}").contains("ann"));
    }
    // Without an id, the one key of its kind is meant.
    let head = json!({ "alg": "EdDSA" });
    assert_eq!(told(&issuers, &signers[2].token_of(&head, &claims("bob", 60))).await, Ok("bob".to_owned()));
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_it_is_nobodys() {
    let (signer, other, ed, rsa) = (Signer::es256(), Signer::es256(), Signer::ed(), Signer::Rs256(rsa()));
    let mut encrypts = other.jwk("enc");
    encrypts["use"] = json!("enc");
    let keys = [signer.jwk("k"), other.jwk("o"), ed.jwk("ed"), rsa.jwk("rsa"), encrypts];
    let folder = TempDir::new().unwrap();
    let mut config = configured(folder.path(), &keys);
    config.algorithms = vec!["ES256".to_owned(), "RS256".to_owned()];
    let issuers = Issuers::load(&[config]).unwrap();
    let head = json!({ "alg": "ES256", "kid": "k" });
    let good = claims("ann", 60);
    assert_eq!(told(&issuers, &signer.token_of(&head, &good)).await, Ok("ann".to_owned()));

    let with = |key: &str, value: Value| {
        let mut claims = good.clone();
        claims[key] = value;
        signer.token_of(&head, &claims)
    };
    let without = |key: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(key);
        signer.token_of(&head, &claims)
    };
    let headed = |head: Value| signer.token_of(&head, &good);
    let now = now().unwrap();
    let token = signer.token_of(&head, &good);
    let parts: Vec<&str> = token.split('.').collect();
    let unsigned = |head: Value| format!("{}.{}.", BASE64.encode(head.to_string().as_bytes()), parts[1]);
    let forged = BASE64.encode(claims("boss", 60).to_string().as_bytes());
    // Signed with what everybody can read, as if it were a secret.
    let with_public_key = |algorithm: &str, secret: &[u8]| {
        let head = json!({ "alg": algorithm, "kid": "rsa" });
        let message = format!("{}.{}", BASE64.encode(head.to_string().as_bytes()), parts[1]);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        format!("{message}.{}", BASE64.encode(ring::hmac::sign(&key, message.as_bytes()).as_ref()))
    };
    let modulus = BASE64.decode(rsa.jwk("rsa")["n"].as_str().unwrap().as_bytes()).unwrap();
    let document = std::fs::read(folder.path().join("keys.json")).unwrap();
    let bad = [
        ("expired", with("exp", json!(now - 1))),
        ("expires now", with("exp", json!(now))),
        ("not yet valid", with("nbf", json!(now + 60))),
        ("without an end", without("exp")),
        ("an end that is a text", with("exp", json!("4000000000"))),
        ("an end that is none", with("exp", json!(-1))),
        ("an end out of range", with("exp", json!(1e300))),
        ("another audience", with("aud", json!("other"))),
        ("audiences without ours", with("aud", json!(["other", "Bailiwick"]))),
        ("no audience", without("aud")),
        ("another issuer", with("iss", json!("https://login.example.org"))),
        ("several issuers", with("iss", json!([NAME, "other"]))),
        ("no issuer", without("iss")),
        ("no subject", without("sub")),
        ("an empty subject", with("sub", json!(""))),
        ("a subject that is a number", with("sub", json!(1))),
        ("a subject that is too long", with("sub", json!("a".repeat(256)))),
        ("an unknown key", headed(json!({ "alg": "ES256", "kid": "none" }))),
        ("another's key", headed(json!({ "alg": "ES256", "kid": "o" }))),
        ("no key, of several", headed(json!({ "alg": "ES256" }))),
        ("a key for something else", other.token_of(&json!({ "alg": "ES256", "kid": "enc" }), &good)),
        ("an algorithm that is not the issuer's", ed.token("ed", "ann", 60)),
        (
            "what must be understood",
            headed(json!({ "alg": "ES256", "kid": "k", "crit": ["b64"], "b64": false })),
        ),
        ("a key of its own", {
            let head = json!({ "alg": "ES256", "jwk": other.jwk("k"), "kid": "k" });
            other.token_of(&head, &good)
        }),
        ("no signature", unsigned(json!({ "alg": "none" }))),
        ("no signature, capitals", unsigned(json!({ "alg": "NONE", "kid": "k" }))),
        ("an empty signature", unsigned(json!({ "alg": "ES256", "kid": "k" }))),
        ("the public key as a secret", with_public_key("HS256", &modulus)),
        ("the published document as a secret", with_public_key("HS256", &document)),
        ("an HMAC that is called RSA", with_public_key("RS256", &modulus)),
        ("other claims", format!("{}.{forged}.{}", parts[0], parts[2])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{token}.a")),
        ("padding", format!("{token}=")),
        ("nothing", String::new()),
        ("words", "a b c".to_owned()),
    ];
    for (what, token) in bad {
        assert_eq!(told(&issuers, &token).await, Err("nobody"), "{what}");
    }
    // A clock may be a little ahead.
    assert!(told(&issuers, &with("nbf", json!(now + 2))).await.is_ok());
    assert!(told(&issuers, &with("exp", json!(f64::from(u32::MAX) + 0.5))).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_looked_for_and_not_too_often() {
    let (old, new, newest) = (Signer::es256(), Signer::es256(), Signer::es256());
    let folder = TempDir::new().unwrap();
    let issuers = Issuers::load(&[configured(folder.path(), &[old.jwk("old")])]).unwrap();
    let proven = issuers.prove(&old.token("old", "ann", 60)).await.unwrap();
    configured(folder.path(), &[new.jwk("new")]);
    assert!(proven.is_good(), "nobody has looked");
    assert!(told(&issuers, &new.token("new", "ann", 60)).await.is_ok());
    assert!(!proven.is_good(), "the issuer has withdrawn its key");
    configured(folder.path(), &[newest.jwk("newest")]);
    assert_eq!(
        told(&issuers, &newest.token("newest", "ann", 60)).await,
        Err("nobody"),
        "it was asked just now"
    );
}

#[tokio::test]
async fn broken_keys_change_nothing_until_those_from_before_are_too_old() {
    let signer = Signer::es256();
    let folder = TempDir::new().unwrap();
    let config = IssuerConfig {
        refresh_seconds: 1,
        max_age_seconds: 3,
        ..configured(folder.path(), &[signer.jwk("k")])
    };
    let issuers = Arc::new(Issuers::load(std::slice::from_ref(&config)).unwrap());
    let following = Arc::clone(&issuers);
    let following = tokio::spawn(async move { following.follow().await });
    let token = signer.token("k", "ann", 60);
    let proven = issuers.prove(&token).await.unwrap();
    std::fs::write(config.jwks_file.as_ref().unwrap(), "{}").unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(told(&issuers, &token).await.is_ok() && proven.is_good());
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(told(&issuers, &token).await, Err("unavailable"));
    assert!(!proven.is_good());
    configured(folder.path(), &[signer.jwk("k")]);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(told(&issuers, &token).await.is_ok() && proven.is_good());
    following.abort();
}

#[tokio::test]
async fn an_issuer_that_withdraws_its_last_key_is_believed() {
    let signer = Signer::es256();
    let folder = TempDir::new().unwrap();
    let config = IssuerConfig { refresh_seconds: 1, ..configured(folder.path(), &[signer.jwk("k")]) };
    let issuers = Arc::new(Issuers::load(&[config]).unwrap());
    let following = Arc::clone(&issuers);
    let following = tokio::spawn(async move { following.follow().await });
    let token = signer.token("k", "ann", 60);
    let proven = issuers.prove(&token).await.unwrap();
    configured(folder.path(), &[]);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(!proven.is_good());
    assert_eq!(told(&issuers, &token).await, Err("nobody"));
    following.abort();
}

/// Whoever waits for keys that do not come waits a little, and not one after the other.
#[tokio::test]
async fn an_address_that_says_nothing_keeps_nobody_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Some(format!("http://{}/keys", listener.local_addr().unwrap()));
    let folder = TempDir::new().unwrap();
    let config = IssuerConfig { jwks_file: None, jwks_url: url, ..configured(folder.path(), &[]) };
    let issuers = Arc::new(Issuers::load(&[config]).unwrap());
    let (token, began) = (Signer::es256().token("k", "ann", 60), Instant::now());
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (issuers, token) = (Arc::clone(&issuers), token.clone());
        asking.spawn(async move { told(&issuers, &token).await });
    }
    while let Some(said) = asking.join_next().await {
        assert_eq!(said.unwrap(), Err("unavailable"));
    }
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

/// Answers every question with what there is.
async fn publish(answer: Arc<std::sync::Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = answer.lock().unwrap().clone();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}/keys")
}

fn answer(status: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn keys_are_read_from_an_address() {
    let signer = Signer::es256();
    let said = Arc::new(std::sync::Mutex::new(answer("503 Service Unavailable", &json!({}))));
    let url = publish(Arc::clone(&said)).await;
    let folder = TempDir::new().unwrap();
    let config = IssuerConfig { jwks_file: None, jwks_url: Some(url), ..configured(folder.path(), &[]) };
    let issuers = Issuers::load(std::slice::from_ref(&config)).unwrap();
    let token = signer.token("k", "ann", 60);
    assert_eq!(told(&issuers, &token).await, Err("unavailable"), "its keys were never there");

    *said.lock().unwrap() = answer("200 OK", &json!({ "keys": [signer.jwk("k")] }));
    let issuers = Issuers::load(std::slice::from_ref(&config)).unwrap();
    assert_eq!(told(&issuers, &token).await, Ok("ann".to_owned()));
    *said.lock().unwrap() = answer("302 Found\r\nlocation: http://127.0.0.1:1/", &json!({}));
    let issuers = Issuers::load(std::slice::from_ref(&config)).unwrap();
    assert_eq!(told(&issuers, &token).await, Err("unavailable"), "nobody is followed elsewhere");
    *said.lock().unwrap() = answer("200 OK", &json!({ "keys": ["a".repeat(2_000_000)] }));
    let issuers = Issuers::load(&[config]).unwrap();
    assert_eq!(told(&issuers, &token).await, Err("unavailable"));
}

#[tokio::test]
async fn a_connection_remembers_what_is_good_and_not_without_end() {
    let signer = Signer::es256();
    let folder = TempDir::new().unwrap();
    let issuers = Issuers::load(&[configured(folder.path(), &[signer.jwk("k")])]).unwrap();
    let (memory, token) = (Memory::default(), signer.token("k", "ann", 2));
    let proven = Arc::new(issuers.prove(&token).await.unwrap());
    memory.keep(&token, &proven);
    assert!(memory.find(&token).is_some_and(|found| found.subject == "ann"));
    assert!(memory.find(&token[1..]).is_none() && !format!("{memory:?}").contains(&token));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(memory.find(&token).is_none(), "never beyond its end");
    let proven = Arc::new(issuers.prove(&signer.token("k", "bob", 60)).await.unwrap());
    for number in 0..1_000 {
        memory.keep(&number.to_string(), &proven);
    }
    assert!(memory.find("999").is_some() && memory.find("0").is_none());
}

#[test]
fn every_fault_of_a_configuration_is_said() {
    let folder = TempDir::new().unwrap();
    let good = configured(folder.path(), &[Signer::es256().jwk("k")]);
    let bad = IssuerConfig {
        id: "Staff".to_owned(),
        issuer: String::new(),
        audiences: Vec::new(),
        algorithms: vec!["HS256".to_owned()],
        jwks_url: Some("https://scott:tiger@example.org/".to_owned()),
        refresh_seconds: 0,
        max_age_seconds: 0,
        user_realms: vec!["no realm".to_owned(), "eto".to_owned()],
        ..good.clone()
    };
    let said = Issuers::load(&[good.clone(), bad]).err().unwrap().join("\n");
    for part in [
        "`callers.issuers[1]`: `id` is",
        "`issuer` is the",
        "`audiences` says",
        "`HS256` is no asymmetric algorithm",
        "either `jwks_file` or `jwks_url`",
        "`refresh_seconds` must",
        "`no realm` is no realm's id",
        "`eto` is among the `user_realms` already",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("tiger"));
    let url = Some("https://scott:tiger@example.org/".to_owned());
    for one in [
        IssuerConfig { jwks_file: None, jwks_url: url, ..good.clone() },
        IssuerConfig { jwks_file: Some(folder.path().join("missing")), ..good.clone() },
        IssuerConfig { algorithms: vec!["RS256".to_owned()], ..good },
    ] {
        let said = Issuers::load(&[one]).err().unwrap();
        assert!(said.len() == 1 && !said[0].contains("tiger"), "{said:?}");
    }
}

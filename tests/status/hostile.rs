//! Lists that no issuer of ours would publish. Each is refused, and its repaired twin decides.

use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress, Status};
use serde_json::{Value, json};
use tower_bearer::{
    key::SigningKey,
    status::{StatusCheck, StatusOutage},
};

use super::world::{World, reply};
use crate::support::{Mint, Reply, encode};

/// An API that got this answer for a list: what it says to a token, before and after the repair.
async fn is_refused(what: &str, hostile: impl FnOnce(&World) -> Reply) {
    let check = StatusCheck::if_present(StatusOutage::Refuse)
        .max_wait(Duration::from_secs(3))
        .fetch_timeout(Duration::from_secs(1));
    let world = World::new(check).await;
    world.lists.always(hostile(&world));
    assert_eq!(world.status(&world.token(0)).await, 503, "{what}");
    assert_eq!(world.status(&world.token(0)).await, 503, "{what}");
    assert!(world.lists.count() <= 2, "{what}: it is left alone for a while");
    // The twin.
    world.advance(60);
    world.serve(&world.list(&[(3, 1)]));
    assert_eq!(world.status(&world.token(0)).await, 200, "{what}: repaired");
    assert_eq!(world.status(&world.token(3)).await, 401, "{what}: repaired");
    // A list that is held is not replaced by a hostile one.
    world.lists.always(hostile_again(what));
    world.advance(55);
    assert_eq!(world.status(&world.token(0)).await, 200, "{what}: held");
}

fn hostile_again(_: &str) -> Reply {
    Reply::Answer(200, Vec::new(), b"not a list".to_vec())
}

/// A list with another `lst`.
fn with_lst(world: &World, compressed: &[u8]) -> Mint {
    world.list(&[]).claim("status_list", json!({"bits": 2, "lst": encode(compressed)}))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(bytes.len() + 64);
    let mut zlib = Compress::new(Compression::best(), true);
    let status = zlib.compress_vec(bytes, &mut compressed, FlushCompress::Finish);
    assert_eq!(status.unwrap(), Status::StreamEnd);
    compressed
}

#[tokio::test]
async fn s20_a_bomb_is_refused() {
    // The same 2 MiB of zeros 512 times, in less than 1.2 MB.
    let zeros = vec![0; 2 << 20];
    let mut part = Vec::with_capacity(1 << 16);
    let mut raw = Compress::new(Compression::best(), false);
    raw.compress_vec(&zeros, &mut part, FlushCompress::Full).unwrap();
    let bomb = [&[0x78, 0xda][..], &part.repeat(512)].concat();
    assert!(bomb.len() < 1_200_000);
    is_refused("a bomb", |world| reply(&with_lst(world, &bomb))).await;
}

#[tokio::test]
async fn s20_a_list_that_is_longer_than_the_limit_is_not_read_to_its_end() {
    is_refused("a body of 5 MB", |_| Reply::Answer(200, Vec::new(), vec![b'a'; 5 << 20])).await;
}

#[tokio::test]
async fn s20_a_stream_with_more_or_less_than_a_list_is_refused() {
    let whole = zlib(&[0; 4]);
    let trailing = [&whole[..], b"more"].concat();
    is_refused("trailing bytes", |world| reply(&with_lst(world, &trailing))).await;
    let cut = whole[..whole.len() - 1].to_vec();
    is_refused("a truncated stream", |world| reply(&with_lst(world, &cut))).await;
    is_refused("no stream", |world| reply(&with_lst(world, &[0; 8]))).await;
}

#[tokio::test]
async fn s20_a_list_that_another_signed_is_refused() {
    let other = |world: &World| SigningKey::generate(world.key.algorithm()).unwrap();
    is_refused("another issuer's key", |world| {
        let (key, list) = (other(world), world.list(&[]));
        reply(&resigned(&list, &key))
    })
    .await;
    is_refused("the right kid and another key", |world| {
        let (key, list) = (other(world), world.list(&[]));
        reply(&resigned(&list, &key).header("kid", world.key.kid()))
    })
    .await;
    is_refused("a spoiled signature", |world| {
        let token = world.list(&[]).sign();
        let (head, _) = token.rsplit_once('.').unwrap();
        let other = world.list(&[(1, 1)]).sign();
        let spoiled = format!("{head}.{}", other.rsplit_once('.').unwrap().1);
        Reply::Answer(200, Vec::new(), spoiled.into_bytes())
    })
    .await;
}

/// The list signed by another key.
fn resigned(list: &Mint, key: &SigningKey) -> Mint {
    let claims: Value = serde_json::from_str(&list.payload()).unwrap();
    let header = json!({"typ": "statuslist+jwt", "alg": key.algorithm().name(), "kid": key.kid()});
    Mint::of(key, &header, &claims)
}

#[tokio::test]
async fn s20_a_list_with_wrong_claims_is_refused() {
    let spoiled: [(&str, Value); 6] = [
        ("another sub", json!({"sub": "http://127.0.0.1/2"})),
        ("another iss", json!({"iss": "https://other.example"})),
        ("three bits", json!({"status_list": {"bits": 3, "lst": encode(zlib(&[0; 4]))}})),
        ("no list", json!({"status_list": null})),
        ("expired", json!({"exp": 1_700_000_000})),
        ("from the future", json!({"iat": 1_900_000_000})),
    ];
    for (what, claims) in spoiled {
        is_refused(what, |world| reply(&world.list(&[]).with_claims(&claims))).await;
    }
    is_refused("typ", |world| reply(&world.list(&[]).header("typ", "at+jwt"))).await;
    is_refused("an access token", |world| reply(&world.plain())).await;
}

#[tokio::test]
async fn s20_an_answer_that_is_no_list_is_refused() {
    for status in [204, 404, 410, 500, 503] {
        is_refused(&format!("{status}"), |_| Reply::status(status)).await;
    }
    is_refused("a page", |_| Reply::Answer(200, Vec::new(), b"<html>".to_vec())).await;
    is_refused("nothing", |_| Reply::Answer(200, Vec::new(), Vec::new())).await;
    is_refused("silence", |_| Reply::Hang).await;
    is_refused("a closed connection", |_| Reply::Close).await;
}

#[tokio::test]
async fn s20_a_redirect_is_not_followed() {
    let world = World::new(StatusCheck::if_present(StatusOutage::Refuse)).await;
    let (list, target) = (reply(&world.list(&[])), world.lists.url("/moved"));
    world.lists.follow(move |request| match request.head.starts_with("GET /moved ") {
        true => list.clone(),
        false => Reply::status(302).with("location", &*target),
    });
    assert_eq!(world.status(&world.token(0)).await, 503);
    assert_eq!(world.lists.count(), 1);
    world.advance(60);
    world.serve(&world.list(&[]));
    assert_eq!(world.status(&world.token(0)).await, 200, "the twin");
}

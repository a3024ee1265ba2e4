//! What the statuses of tokens mean to an API.

use std::time::Duration;

use serde_json::json;
use tower_bearer::{
    denylist::{Denial, Denied},
    error::TokenFaultKind,
    status::{StatusCheck, StatusOutage},
};

use super::world::{ADMIT, World, reply};
use crate::support::{Mint, NOW, Reply};

#[tokio::test]
async fn s13_a_token_that_was_taken_back_is_refused_and_its_twin_passes() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[(1, 1), (2, 2), (3, 3)]));
    for index in [0, 4, 15] {
        assert_eq!(world.status(&world.token(index)).await, 200, "index {index}");
    }
    for status in [1, 2, 3] {
        let refused = world.call(&world.token(u64::from(status))).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.fault, Some(TokenFaultKind::Revoked { status }));
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    assert_eq!(world.lists.count(), 1, "one fetch for all of them");
    let head = &world.lists.received()[0];
    assert_eq!(head.field("accept"), Some("application/statuslist+jwt"));
}

#[tokio::test]
async fn s14_an_index_that_the_list_does_not_have_is_refused_after_one_more_look() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[]));
    assert_eq!(world.status(&world.token(15)).await, 200, "the last one");
    let beyond = world.call(&world.token(16)).await;
    assert_eq!((beyond.status, beyond.fault), (401, Some(TokenFaultKind::NoStatus)));
    assert_eq!(world.lists.count(), 2, "the list might have grown");
    for huge in [1 << 40, (1 << 53) - 1] {
        let refused = world.call(&world.token(huge)).await;
        assert_eq!((refused.status, refused.fault), (401, Some(TokenFaultKind::NoStatus)));
    }
    assert_eq!(world.lists.count(), 2, "no list can have it, so none is fetched");
    for malformed in [json!(-1), json!(1.5), json!("1"), json!(1_u64 << 53)] {
        let claim = json!({"status_list": {"idx": malformed, "uri": world.lists.url("/1")}});
        let refused = world.call(&world.plain().claim("status", claim).sign()).await;
        assert_eq!(refused.fault, Some(TokenFaultKind::WrongType("status")));
    }
    // A minute later the issuer has a longer list, with newer tokens.
    world.advance(30);
    world.serve(&world.list_of("/1", 32, &[(17, 1)]));
    assert_eq!(world.status(&world.token(16)).await, 200);
    assert_eq!(world.status(&world.token(17)).await, 401);
    for _ in 0..100 {
        assert_eq!(world.status(&world.token(32)).await, 401);
    }
    assert!(world.lists.count() <= 5, "a flood of them costs a few fetches");
}

#[tokio::test]
async fn s15_a_token_that_fails_another_check_causes_no_fetch_of_a_list() {
    let world = World::new(StatusCheck::require(StatusOutage::Refuse)).await;
    world.serve(&world.list(&[]));
    let reference = json!({"status_list": {"idx": 0, "uri": world.lists.url("/1")}});
    let good = world.plain().claim("status", reference);
    let other = Mint::new();
    let spoiled = [
        good.clone().claim("exp", NOW.as_secs() - 31).sign(),
        good.clone().claim("nbf", NOW.as_secs() + 60).sign(),
        good.clone().claim("iat", NOW.as_secs() + 60).sign(),
        good.clone().claim("aud", "urn:other").sign(),
        good.clone().claim("iss", "https://other.example").sign(),
        good.clone().header("typ", "statuslist+jwt").sign(),
        good.clone().header("kid", "unknown").sign(),
        {
            let (signed, signature) = (good.sign(), other.sign());
            let head = signed.rsplit_once('.').unwrap().0;
            format!("{head}.{}", signature.rsplit_once('.').unwrap().1)
        },
    ];
    for token in &spoiled {
        assert_eq!(world.status(token).await, 401);
    }
    let until = NOW + Duration::from_secs(3_600);
    let issuer = tower_bearer::Issuer::new(world.lists.url("")).unwrap();
    world.api.deny(Denial::new(issuer, Denied::token_id("stolen"), until)).unwrap();
    assert_eq!(world.status(&good.clone().claim("jti", "stolen").sign()).await, 401);
    assert_eq!(world.lists.count(), 0);
    assert_eq!(world.status(&good.sign()).await, 200, "the twin");
    assert_eq!(world.lists.count(), 1);
}

#[tokio::test]
async fn s12_a_list_at_a_foreign_origin_is_not_fetched() {
    let elsewhere = World::new(StatusCheck::if_present(ADMIT)).await;
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    elsewhere.serve(&world.list(&[]));
    let foreign = elsewhere.lists.url("/1");
    for uri in [&*foreign, "https://127.0.0.1/1", "ftp://127.0.0.1/1", "/1", "", "::"] {
        let claim = json!({"status_list": {"idx": 0, "uri": uri}});
        let refused = world.call(&world.plain().claim("status", claim).sign()).await;
        assert_eq!(refused.status, 401, "{uri}");
    }
    assert_eq!((elsewhere.lists.count(), world.lists.count()), (0, 0));

    // The twin: an API that names the origin.
    let named = StatusCheck::if_present(ADMIT).origins([elsewhere.lists.url("").parse().unwrap()]);
    let world = World::new(named).await;
    let claim = json!({"status_list": {"idx": 0, "uri": foreign}});
    let token = world.plain().claim("status", claim).sign();
    elsewhere.lists.always(reply(&world.list(&[]).claim("sub", &*foreign)));
    assert_eq!(world.status(&token).await, 200);
    assert_eq!((elsewhere.lists.count(), world.lists.count()), (1, 0));
}

#[tokio::test]
async fn s22_a_setting_says_whether_tokens_must_have_a_status() {
    let world = World::new(StatusCheck::require(ADMIT)).await;
    world.serve(&world.list(&[(1, 1)]));
    let refused = world.call(&world.plain().sign()).await;
    assert_eq!(refused.fault, Some(TokenFaultKind::Missing("status")));
    assert_eq!(world.status(&world.token(0)).await, 200);

    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[(1, 1)]));
    assert_eq!(world.status(&world.plain().sign()).await, 200);
    assert_eq!(world.status(&world.token(1)).await, 401);
    for unknown in [json!({}), json!({"identifier_list": {"id": "1"}}), json!(1), json!([])] {
        let refused = world.call(&world.plain().claim("status", unknown).sign()).await;
        assert_eq!(refused.fault, Some(TokenFaultKind::WrongType("status")));
    }

    let keys = world.plain().keys();
    let off = tower_bearer::ResourceServer::builder(&*world.lists.url(""), Mint::AUDIENCE, keys)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let world = World { api: off, ..world };
    assert_eq!(world.status(&world.token(1)).await, 200, "nobody checks");
}

#[tokio::test]
async fn s21_a_set_number_of_lists_is_held_and_an_idle_one_gives_way() {
    let world = World::new(StatusCheck::if_present(ADMIT).max_lists(2)).await;
    let list = |path: &str| reply(&world.list_of(path, 16, &[]));
    let lists = [("/1", list("/1")), ("/2", list("/2")), ("/3", list("/3"))];
    world.lists.follow(move |request| {
        let known = lists.iter().find(|(path, _)| request.head.contains(&format!("GET {path} ")));
        known.map_or(Reply::status(404), |(_, reply)| reply.clone())
    });
    // A list that does not exist keeps no place.
    for path in ["/4", "/5", "/6"] {
        assert_eq!(world.status(&world.token_of(path, 0)).await, 503, "{path}");
    }
    assert_eq!(world.status(&world.token_of("/1", 0)).await, 200);
    assert_eq!(world.status(&world.token_of("/2", 0)).await, 200);
    let refused = world.call(&world.token_of("/3", 0)).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.headers["retry-after"], "300");
    world.advance(200);
    assert_eq!(world.status(&world.token_of("/2", 0)).await, 200);
    world.advance(100);
    assert_eq!(world.status(&world.token_of("/3", 0)).await, 200, "/1 was idle for 300 s");
    assert_eq!(world.status(&world.token_of("/1", 0)).await, 503, "/2 was not");
}

//! Tokens for many APIs from one client.

use std::convert::Infallible;

use http::{Request, Response, header};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_bearer::client::{AddTokenLayer, TokenParameters};

use super::{scripted::ScriptedIssuer, token_of};
use crate::support::{ManualClock, NOW};

fn audience(number: usize) -> TokenParameters {
    TokenParameters::new().audience(format!("urn:api:{number}"))
}

#[tokio::test]
async fn equal_parameters_share_a_token_and_others_do_not() {
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&ManualClock::at(NOW));
    assert_eq!(token_of(&client.with_parameters(audience(1))).await, "token-1");
    assert_eq!(token_of(&client.with_parameters(audience(2))).await, "token-2");
    assert_eq!(token_of(&client.with_parameters(audience(1))).await, "token-1");
    assert_eq!(token_of(&client).await, "token-3");
    assert_eq!(token_of(&client.with_parameters(TokenParameters::new())).await, "token-3");
    for other in [audience(1).scope("a"), audience(1).resource("urn:api:1")] {
        let known = issuer.count();
        token_of(&client.with_parameters(other)).await;
        assert_eq!(issuer.count(), known + 1);
    }
    assert!(issuer.bodies()[0].contains("audience=urn%3Aapi%3A1"));
}

#[tokio::test]
async fn sixty_four_tokens_are_kept_and_a_handle_keeps_its_own() {
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&ManualClock::at(NOW));
    let first = client.with_parameters(audience(1));
    assert_eq!(token_of(&first).await, "token-1");
    for number in 2..=63 {
        token_of(&client.with_parameters(audience(number))).await;
    }
    token_of(&client.with_parameters(audience(1))).await;
    assert_eq!(issuer.count(), 63);
    for number in 1_000..1_064 {
        token_of(&client.with_parameters(audience(number))).await;
    }
    assert_eq!(token_of(&first).await, "token-1");
    let known = issuer.count();
    token_of(&client.with_parameters(audience(1))).await;
    assert_eq!(issuer.count(), known + 1, "it had made room");
}

#[tokio::test]
async fn each_api_gets_the_token_that_is_for_it() {
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&ManualClock::at(NOW));
    let layer = AddTokenLayer::new(client.clone(), "https://maps.example".parse().unwrap())
        .unwrap()
        .with_api(client.with_parameters(audience(1)), "https://books.example".parse().unwrap())
        .unwrap();
    let sent = async |layer: &AddTokenLayer, url: &str| {
        let api = service_fn(async |request: Request<()>| {
            let field = request.headers().get(header::AUTHORIZATION);
            Ok::<_, Infallible>(Response::new(field.map(|f| f.to_str().unwrap().to_owned())))
        });
        let request = Request::get(url).body(()).unwrap();
        layer.layer(api).oneshot(request).await.unwrap().into_body()
    };
    let token = |number: usize| Some(format!("Bearer token-{number}"));
    assert_eq!(sent(&layer, "https://maps.example/").await, token(1));
    assert_eq!(sent(&layer, "https://books.example/").await, token(2));
    assert_eq!(sent(&layer, "https://other.example/").await, None);
    assert_eq!(sent(&layer, "/relative").await, None);
    assert_eq!(sent(&layer.clone().relative_urls(), "/relative").await, token(1));

    for (refused, why) in [
        ("https://maps.example:443/x", "is given twice"),
        ("http://books.example", "must be https"),
        ("http://127.0.0.1", "must be https"),
    ] {
        let error = layer.clone().with_api(client.clone(), refused.parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

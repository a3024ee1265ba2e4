//! What an API answers to a token: refused, insufficient, or nothing to do with it.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_bearer::{
    client::{AddTokenError, AddTokenLayer, TokenClient},
    scope::ScopeSet,
};

use super::scripted::ScriptedIssuer;
use crate::support::{ManualClock, NOW, Reply};

const INVALID: &str = "Bearer error=\"invalid_token\"";

type AnswerToToken = dyn Fn(&str) -> Response<()> + Send + Sync;
type Answer = Result<Response<()>, AddTokenError<Infallible>>;

fn layer(client: TokenClient) -> AddTokenLayer {
    AddTokenLayer::new(client, "https://maps.example".parse().unwrap()).unwrap()
}

fn refuse(status: u16, challenge: &str) -> Response<()> {
    let answer = Response::builder().status(status).header(header::WWW_AUTHENTICATE, challenge);
    answer.body(()).unwrap()
}

/// An API that answers by the token that it gets, and counts its requests.
#[derive(Clone)]
struct Api(Arc<AnswerToToken>, Arc<AtomicUsize>);

impl Api {
    fn new(answer: impl Fn(&str) -> Response<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer), Arc::default())
    }

    fn count(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }

    fn service<B: Send + 'static>(
        &self,
    ) -> impl Service<Request<B>, Response = Response<()>, Error = Infallible, Future: Send> + Clone + Send
    {
        let api = self.clone();
        service_fn(move |request: Request<B>| {
            api.1.fetch_add(1, Ordering::SeqCst);
            let token = request.headers()[header::AUTHORIZATION].to_str().unwrap();
            let answer = (api.0)(token.strip_prefix("Bearer ").unwrap());
            async move {
                tokio::task::yield_now().await;
                Ok(answer)
            }
        })
    }

    async fn call<B: Send + 'static>(&self, layer: &AddTokenLayer, body: B) -> Answer {
        let request = Request::post("https://maps.example/way").body(body).unwrap();
        layer.layer(self.service()).oneshot(request).await
    }
}

/// Grants what is asked for, with the scope as the token's name; `basic` without one.
fn granting_scopes() -> ScriptedIssuer {
    ScriptedIssuer::reading(|request| {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let scope = form_urlencoded::parse(body.as_bytes())
            .find(|(name, _)| name == "scope")
            .map_or("basic".to_owned(), |(_, scope)| scope.into_owned());
        let token = scope.replace([' ', ':'], ".");
        Reply::json(format!(
            "{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\",\"expires_in\":3600,\
             \"scope\":\"{scope}\"}}"
        ))
    })
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_request_sent_a_second_time() {
    let issuer = ScriptedIssuer::granting();
    let layer = layer(issuer.client(&ManualClock::at(NOW)));
    let api = Api::new(|token| match token {
        "token-1" => refuse(401, INVALID),
        _ => Response::new(()),
    });
    assert_eq!(api.call(&layer, ()).await.unwrap().status(), StatusCode::OK);
    assert_eq!((api.count(), issuer.count()), (2, 2));
}

#[tokio::test]
async fn the_second_answer_is_returned_whatever_it_is() {
    let issuer = ScriptedIssuer::granting();
    let layer = layer(issuer.client(&ManualClock::at(NOW)));
    let api = Api::new(|_| refuse(401, INVALID));
    assert_eq!(api.call(&layer, ()).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!((api.count(), issuer.count()), (2, 2));
    // In the backoff there is no other token, so nothing is sent twice.
    for _ in 0..100 {
        assert_eq!(api.call(&layer, ()).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!((api.count(), issuer.count()), (102, 2));
}

#[tokio::test]
async fn a_body_is_sent_a_second_time_only_if_it_can_be_copied() {
    let api = Api::new(|token| match token {
        "token-1" => refuse(401, INVALID),
        _ => Response::new(()),
    });
    let full = || Full::new(Bytes::from_static(b"x"));
    let layer = || layer(ScriptedIssuer::granting().client(&ManualClock::at(NOW)));
    let once = layer();
    let answer = api.call(&once, full()).await.unwrap();
    assert_eq!((answer.status(), api.count()), (StatusCode::UNAUTHORIZED, 1));
    assert_eq!(api.call(&once, full()).await.unwrap().status(), StatusCode::OK, "the next one");

    let replaying = layer().replay_bodies::<Full<Bytes>>();
    assert_eq!(api.call(&replaying, full()).await.unwrap().status(), StatusCode::OK);
    let declining = layer().replay_bodies_with(|_: &Full<Bytes>| None);
    let answer = api.call(&declining, full()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_revoked_token_costs_a_thousand_calls_one_renewal_and_one_retry_each() {
    let issuer = ScriptedIssuer::granting();
    let layer = layer(issuer.client(&ManualClock::at(NOW)));
    let api = Api::new(|token| match token {
        "token-1" => refuse(401, INVALID),
        _ => Response::new(()),
    });
    let calls: Vec<_> = (0..1_000)
        .map(|_| {
            let (api, layer) = (api.clone(), layer.clone());
            tokio::spawn(async move { api.call(&layer, ()).await.unwrap().status() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(issuer.count(), 2);
    assert!(api.count() <= 2_000);
}

#[tokio::test]
async fn the_apis_401_is_returned_when_the_issuer_is_away() {
    let issuer = ScriptedIssuer::granting();
    let client = issuer.client(&ManualClock::at(NOW));
    client.token().await.unwrap();
    issuer.always(Reply::Close);
    let api = Api::new(|_| refuse(401, INVALID));
    let answer = api.call(&layer(client), ()).await.unwrap();
    assert_eq!((answer.status(), api.count()), (StatusCode::UNAUTHORIZED, 1));
}

#[tokio::test]
async fn an_api_that_is_down_leaves_the_token_alone() {
    let issuer = ScriptedIssuer::granting();
    let layer = layer(issuer.client(&ManualClock::at(NOW)));
    for status in [503, 500, 429, 404] {
        let api = Api::new(move |_| refuse(status, INVALID));
        assert_eq!(api.call(&layer, ()).await.unwrap().status().as_u16(), status);
        assert_eq!(api.count(), 1);
    }
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn insufficient_scope_is_an_error_that_says_what_is_missing() {
    let issuer = granting_scopes();
    let client = issuer.builder(&ManualClock::at(NOW)).scope("book:read").build().unwrap();
    let api = Api::new(|_| {
        refuse(403, "Bearer error=\"insufficient_scope\", scope=\"book:1:read book:1:write\"")
    });
    let error = api.call(&layer(client), ()).await.unwrap_err();
    assert_eq!(error.to_string(), "the token does not grant what the API requires: book:1:write");
    let AddTokenError::InsufficientScope(error) = error else { panic!("{error}") };
    assert_eq!(error.required().as_str(), "book:1:read book:1:write");
    assert_eq!(error.missing().as_str(), "book:1:write");
    assert_eq!((api.count(), issuer.count()), (1, 1));
}

/// An API that needs `needed`, which a token with `.needed` in its name has.
fn needing(needed: &'static str) -> Api {
    Api::new(move |token| {
        if token.split('.').any(|scope| scope == needed) {
            Response::new(())
        } else {
            refuse(403, &format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\""))
        }
    })
}

#[tokio::test]
async fn a_step_up_asks_once_for_what_is_missing_and_stays_below_its_ceiling() {
    let issuer = granting_scopes();
    let client = issuer
        .builder(&ManualClock::at(NOW))
        .audience("urn:maps")
        .scope("directions")
        .build()
        .unwrap();
    let layer = layer(client.clone()).step_up_within(ScopeSet::parse("geocode revert").unwrap());
    let geocode = needing("geocode");
    for _ in 0..10 {
        assert_eq!(geocode.call(&layer, ()).await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!((geocode.count(), issuer.count()), (20, 2), "the stronger token is kept");
    let asked = issuer.bodies().pop().unwrap();
    assert_eq!(asked, "grant_type=client_credentials&audience=urn%3Amaps&scope=directions+geocode");
    assert_eq!(client.token().await.unwrap().secret(), "directions", "used for nothing else");

    let admin = needing("admin");
    let error = admin.call(&layer, ()).await.unwrap_err();
    assert!(matches!(error, AddTokenError::InsufficientScope(_)), "{error}");
    let both = needing("geocode admin");
    both.call(&layer, ()).await.unwrap_err();
    assert_eq!((admin.count(), both.count(), issuer.count()), (1, 1, 2), "above the ceiling");
}

#[tokio::test]
async fn without_a_ceiling_there_is_no_step_up() {
    let issuer = granting_scopes();
    let api = needing("geocode");
    api.call(&layer(issuer.client(&ManualClock::at(NOW))), ()).await.unwrap_err();
    assert_eq!((api.count(), issuer.count()), (1, 1));
}

#[tokio::test]
async fn a_step_up_that_the_issuer_refuses_is_no_storm() {
    let issuer = granting_scopes();
    let layer = layer(issuer.client(&ManualClock::at(NOW)))
        .step_up_within(ScopeSet::parse("geocode").unwrap());
    let api = needing("geocode");
    let directions = needing("basic");
    assert_eq!(directions.call(&layer, ()).await.unwrap().status(), StatusCode::OK);
    issuer.always(Reply::status(400));
    for _ in 0..100 {
        let error = api.call(&layer, ()).await.unwrap_err();
        assert!(matches!(error, AddTokenError::InsufficientScope(_)), "{error}");
    }
    assert_eq!((api.count(), issuer.count()), (100, 2));
}

#[tokio::test]
async fn an_api_cannot_try_all_combinations_of_the_ceiling() {
    let issuer = granting_scopes();
    let all: Vec<String> = (0..20).map(|n| format!("s{n}")).collect();
    let layer = layer(issuer.client(&ManualClock::at(NOW)))
        .step_up_within(ScopeSet::parse(&all.join(" ")).unwrap());
    for scope in &all {
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        let api = Api::new(move |_| refuse(403, &challenge));
        api.call(&layer, ()).await.unwrap_err();
    }
    assert_eq!(issuer.count(), 9);
}

#[tokio::test]
async fn a_step_up_token_that_is_refused_is_renewed_for_the_next_request() {
    let issuer = granting_scopes();
    let layer = layer(issuer.client(&ManualClock::at(NOW)))
        .step_up_within(ScopeSet::parse("geocode").unwrap());
    let refusing = Api::new(|token| match token {
        "basic" => refuse(403, "Bearer error=\"insufficient_scope\", scope=\"geocode\""),
        _ => refuse(401, INVALID),
    });
    assert_eq!(refusing.call(&layer, ()).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(issuer.count(), 2);
    assert_eq!(needing("geocode").call(&layer, ()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(issuer.count(), 3);
}

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_bearer::{
    algorithm::Algorithm, introspection::AssertionSource, introspection::ClientAuthentication,
    key::SigningKey,
};

use super::*;

/// The one request of an API with these credentials.
async fn request(
    credentials: ClientCredentials,
    set: impl FnOnce(Introspection) -> Introspection,
) -> Received {
    let endpoint = Server::start(|_| json_reply(&active())).await;
    let url = endpoint.url("/introspect").parse().unwrap();
    let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), Mint::new().keys())
        .introspection(set(Introspection::new(url, credentials)))
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let app = Router::new().route("/", get(async || ())).layer(server.layer());
    let request = Request::get("/").header(header::AUTHORIZATION, "Bearer a+b/c=");
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let [received] = &endpoint.received()[..] else { panic!("one request") };
    received.clone()
}

fn check_question(request: &Received) {
    assert!(request.head.starts_with("POST /introspect HTTP/1.1"), "{}", request.head);
    assert_eq!(request.field("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.field("accept"), Some("application/json"));
    let form = form(request);
    assert_eq!([&form["token"], &form["token_type_hint"]], ["a+b/c=", "access_token"]);
}

#[tokio::test]
async fn a_secret_is_sent_in_the_header_or_in_the_form() {
    let by_header = request(credentials(), |it| it).await;
    check_question(&by_header);
    let expected = STANDARD.encode("announcements-api:s3cret%2B%2F%3D");
    assert_eq!(by_header.field("authorization"), Some(&*format!("Basic {expected}")));
    assert_eq!(form(&by_header).len(), 2);

    let post = |it: Introspection| it.authentication(ClientAuthentication::Post);
    let in_form = request(credentials(), post).await;
    check_question(&in_form);
    assert_eq!(in_form.field("authorization"), None);
    let form = form(&in_form);
    assert_eq!([&*form["client_id"], &*form["client_secret"]], [CLIENT_ID, SECRET]);
}

#[tokio::test]
async fn a_key_signs_an_assertion_for_the_issuer() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let signed = request(ClientCredentials::private_key_jwt(CLIENT_ID, key), |it| it).await;
    check_question(&signed);
    let form = form(&signed);
    assert!(form["client_assertion_type"].ends_with(":jwt-bearer"));
    let payload = form["client_assertion"].split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        [&claims["iss"], &claims["sub"], &claims["aud"]],
        [CLIENT_ID, CLIENT_ID, Mint::ISSUER]
    );
}

#[tokio::test]
async fn an_assertion_of_the_platform_is_sent_as_it_is() {
    let source = AssertionSource::from_fn(|audience| async move {
        Ok(Secret::new(format!("assertion-for-{audience}")))
    });
    let sent = request(ClientCredentials::assertion(CLIENT_ID, source), |it| {
        it.assertion_audience("the-issuer")
    });
    let form = form(&sent.await);
    assert_eq!(
        [&*form["client_id"], &*form["client_assertion"]],
        [CLIENT_ID, "assertion-for-the-issuer"]
    );
}

//! A token that is handed back (RFC 7009).

use tower_bearer::{
    algorithm::Algorithm,
    client::{ClientAuthentication, ClientCredentials, TokenClient, TokenRequestErrorKind},
    issuer::{Account, Application, TokenIssuer},
};

use super::{builder, client, granted, token_of};
use crate::support::{Received, Reply, Server};

/// Grants a token, and answers its revocation with this.
fn script(revoked: Reply) -> impl Fn(&Received) -> Reply + Send + 'static {
    move |received| {
        let is_revocation = received.head.starts_with("POST /oauth/revoke ");
        if is_revocation { revoked.clone() } else { granted("t0ken") }
    }
}

fn revocations(server: &Server) -> Vec<Received> {
    let received = server.received().into_iter();
    received.filter(|received| received.head.starts_with("POST /oauth/revoke ")).collect()
}

#[tokio::test]
async fn a_token_is_handed_back_once_and_the_next_call_fetches_another() {
    let server = Server::start(script(Reply::status(200))).await;
    for authentication in [ClientAuthentication::Basic, ClientAuthentication::Json] {
        let before = server.count();
        let client = builder(&server)
            .authentication(authentication)
            .revocation_endpoint(server.url("/oauth/revoke").parse().unwrap())
            .build()
            .unwrap();
        client.revoke().await.unwrap();
        assert_eq!(server.count(), before, "there was no token");
        token_of(&client).await;
        client.revoke().await.unwrap();
        client.revoke().await.unwrap();
        let last = revocations(&server).pop().unwrap();
        assert_eq!(last.field("content-type"), Some("application/x-www-form-urlencoded"));
        assert!(last.body.starts_with("token=t0ken&"), "{}", last.body);
        assert!(last.body.contains("token_type_hint=access_token"), "{}", last.body);
        let by_basic = authentication == ClientAuthentication::Basic;
        assert_eq!(last.field("authorization").is_some(), by_basic);
        assert_eq!(last.body.contains("client_secret="), !by_basic);
        token_of(&client).await;
        assert_eq!(server.count(), before + 3, "a token, a revocation and another token");
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_handed_back_is_not_used_any_more() {
    let server = Server::start(script(Reply::status(503))).await;
    let client = builder(&server)
        .revocation_endpoint(server.url("/oauth/revoke").parse().unwrap())
        .build()
        .unwrap();
    token_of(&client).await;
    let error = client.revoke().await.unwrap_err();
    assert!(
        matches!(error.kind(), TokenRequestErrorKind::Status(status) if *status == 503),
        "{error}"
    );
    let before = server.count();
    token_of(&client).await;
    assert_eq!(server.count(), before + 1, "another one");
}

#[tokio::test]
async fn without_a_revocation_endpoint_the_error_names_the_setting() {
    let server = Server::start(script(Reply::status(200))).await;
    let client = client(&server);
    token_of(&client).await;
    let error = client.revoke().await.unwrap_err();
    assert!(error.to_string().contains("`revocation_endpoint`"), "{error}");
    let problem = builder(&server)
        .revocation_endpoint("http://issuer.example/revoke".parse().unwrap())
        .build()
        .unwrap_err();
    assert!(problem.to_string().contains("revocation_endpoint"), "{problem}");
}

/// The bundled issuer's endpoint is discovered, and the token is taken back there.
#[tokio::test]
async fn the_endpoint_is_discovered() {
    let issuer = TokenIssuer::on_loopback()
        .algorithm(Algorithm::ES256)
        .application(Application::new("maps"))
        .start()
        .await
        .unwrap();
    let account = Account::new("gifts").allow("maps", "directions");
    let secret = issuer.create_account(account).unwrap().client_secret;
    let credentials = ClientCredentials::new("gifts", secret);
    let client = TokenClient::discover(issuer.issuer().clone(), credentials)
        .allow_loopback_http()
        .build()
        .unwrap();
    let token = token_of(&client).await;
    client.revoke().await.unwrap();
    assert!(!issuer.revoke_token(&token).unwrap(), "it was taken back");
    let next = token_of(&client).await;
    assert!(issuer.revoke_token(&next).unwrap(), "the next one was not");
}

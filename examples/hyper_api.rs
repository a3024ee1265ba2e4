//! Without axum: the Layer, `RequireScope` and the API's own metadata around a service that hyper
//! serves, by `shared/serve.rs`.

use std::{convert::Infallible, error::Error};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::WWW_AUTHENTICATE};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tower::{Layer, service_fn};
use tower_bearer::{
    AccessToken, Audience, Issuer, ResourceServer,
    issuer::{Application, TokenIssuer},
    jwks::RemoteJwks,
    metadata::ProtectedResource,
    refusal::problem_details,
    scope::Requirements,
};

const AUDIENCE: &str = "https://api.example/announcements";

#[path = "shared/serve.rs"]
mod serve;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let application = Application::new("announcements").audience(AUDIENCE).scopes("announce:read");
    let issuer = TokenIssuer::on_loopback().application(application).start().await?;

    let requirements = Requirements::new();
    let api = ResourceServer::builder(
        Issuer::new(issuer.url())?,
        Audience::new(AUDIENCE)?,
        RemoteJwks::new(issuer.jwks_uri().parse()?),
    )
    .allow_loopback_http()
    .protected_resource(ProtectedResource::new(AUDIENCE).requirements(&requirements))
    .on_refusal(problem_details::<Full<Bytes>>)
    .build()?;
    let guarded = requirements.require("announce:read").layer(service_fn(announcements));
    let service = api.metadata_layer().layer(api.layer().layer(guarded));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let server = tokio::spawn(serve::serve(listener, service));

    let good = issuer.token().audience(AUDIENCE).scope("announce:read").sign()?;
    let poor = issuer.token().audience(AUDIENCE).scope("announce:create").sign()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    for (who, token, expected) in [
        ("without a token", None, StatusCode::UNAUTHORIZED),
        ("with announce:create", Some(poor), StatusCode::FORBIDDEN),
        ("with announce:read", Some(good), StatusCode::OK),
    ] {
        let request = client.get(&url);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status();
        let challenge = answer.headers().get(WWW_AUTHENTICATE).cloned();
        println!("a call {who}: {status}");
        if let Some(challenge) = challenge {
            println!("  {}", challenge.to_str()?);
        }
        println!("  {}", answer.text().await?);
        if status != expected {
            return Err(format!("expected {expected}").into());
        }
    }
    let path = "/.well-known/oauth-protected-resource/announcements";
    let metadata =
        client.get(format!("{}{path}", url.trim_end_matches('/'))).send().await?.error_for_status();
    println!("the API's metadata: {}", metadata?.text().await?);
    server.abort();
    Ok(())
}

async fn announcements(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let caller = request.extensions().get::<AccessToken>().and_then(AccessToken::client_id);
    let text = format!("the lift works again, {}", caller.unwrap_or("somebody"));
    Ok(Response::new(Full::from(text)))
}

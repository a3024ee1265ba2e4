//! Gift Deliveries in a Kubernetes pod, without a secret: the token that the cluster projects into
//! the pod is its credential at the issuer. The kubelet replaces the token, a pod of another
//! namespace is refused, and so is a token for the API server.
//!
//! An issuer on loopback plays the cluster: it signs what the API server's `TokenRequest` signs.

use std::{fs, path::PathBuf};

use gift_deliveries::{DIRECTIONS, GEOCODE, GiftDeliveries};
use http::StatusCode;
use serde_json::json;
use stage::{Outcome, expect};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    algorithm::Algorithm,
    client::{AssertionSource, ClientCredentials, TokenClient, TokenRequestErrorKind},
    issuer::{Account, Application, ReplayRule, RunningIssuer, TokenIssuer, WorkloadIssuer},
};

#[path = "story/gift_deliveries.rs"]
mod gift_deliveries;
#[path = "story/stage.rs"]
mod stage;
#[path = "story/world_mappers.rs"]
mod world_mappers;

/// The audience of the projected volume: the issuer, as the cluster's administrator names it.
const AUDIENCE: &str = "https://issuer.example";

/// A file that the kubelet of a pod writes, removed at the end.
struct ProjectedToken(PathBuf);

impl ProjectedToken {
    fn new(pod: &str) -> Self {
        Self(std::env::temp_dir().join(format!("{pod}-{}.token", std::process::id())))
    }

    /// Writes a token of this service account for an audience, as the cluster signs it.
    fn write(&self, cluster: &RunningIssuer, account: &str, audience: &str) -> Outcome {
        let (namespace, name) = account.split_once('/').ok_or("NAMESPACE/NAME")?;
        let token = cluster
            .token()
            .without_header("typ")
            .subject(&format!("system:serviceaccount:{namespace}:{name}"))
            .claim("aud", json!([audience]))
            .claim(
                "kubernetes.io",
                json!({"namespace": namespace, "serviceaccount": {"name": name}}),
            )
            .without_claim("client_id")
            .sign()?;
        Ok(fs::write(&self.0, format!("{token}\n"))?)
    }
}

impl Drop for ProjectedToken {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::main]
async fn main() -> Outcome {
    println!("1. A cluster signs tokens for its pods.");
    let cluster = TokenIssuer::on_loopback().algorithm(Algorithm::RS256).start().await?;
    println!("   cluster  {}", cluster.url());

    println!("\n2. The issuer trusts it, for one service account, and has no secret of anybody.");
    let trusted = WorkloadIssuer::discover(cluster.issuer().clone(), Audience::new(AUDIENCE)?)
        .subject("system:serviceaccount:gifts:deliveries", "gift-deliveries")
        // A pod presents the same file again until the kubelet replaces it.
        .replay(ReplayRule::UntilExpiry);
    let issuer = TokenIssuer::on_loopback()
        .application(
            Application::new("world-mappers")
                .audience(world_mappers::AUDIENCE)
                .scopes("geocode:location reverse-geocode:location directions"),
        )
        .account(Account::new("gift-deliveries").allow("world-mappers", "directions"))
        .trusted_issuer(trusted)
        .start()
        .await?;
    println!("   issuer   {}", issuer.url());
    let api = ResourceServer::discover(Issuer::new(issuer.url())?, world_mappers::AUDIENCE)
        .allow_loopback_http()
        .build()?;
    let maps = stage::serve(world_mappers::app(&api)).await?;

    println!("\n3. The pod of Gift Deliveries starts; its token is in a file.");
    let file = ProjectedToken::new("deliveries-0");
    file.write(&cluster, "gifts/deliveries", AUDIENCE)?;
    let service = GiftDeliveries::new(pod(&issuer, &file)?, maps.clone())?;
    let token = service.token().await?;
    println!("   granted: \"{}\"", token.scope());
    expect("the granted scope", token.scope().as_str(), "directions")?;
    let way = service.call(DIRECTIONS).await?;
    println!("   gift-deliveries -> GET {DIRECTIONS}: {}", way.status);
    expect("directions", &way.status, &StatusCode::OK)?;
    expect("the steps", &way.body.as_array().map(Vec::len), &Some(3))?;
    let place = service.call(GEOCODE).await?;
    let needed = place.challenge.as_ref().and_then(|challenge| challenge.scope());
    println!("   gift-deliveries -> GET {GEOCODE}: {}", place.status);
    expect("the scope that geocode needs", &needed, &Some("geocode:location"))?;

    println!("\n4. The cluster rotates its key, and the kubelet replaces the token.");
    cluster.rotate()?;
    file.write(&cluster, "gifts/deliveries", AUDIENCE)?;
    service.tokens.invalidate(&token);
    let way = service.call(DIRECTIONS).await?;
    println!("   gift-deliveries -> GET {DIRECTIONS}: {}", way.status);
    expect("directions with the next token", &way.status, &StatusCode::OK)?;

    println!("\n5. A pod of another namespace, and a token for the API server, are refused.");
    for (account, audience) in
        [("crypto/deliveries", AUDIENCE), ("gifts/deliveries", "https://kubernetes.default.svc")]
    {
        let other = ProjectedToken::new("other");
        other.write(&cluster, account, audience)?;
        let error = pod(&issuer, &other)?.token().await.err().ok_or("a token for a stranger")?;
        println!("   {account} for {audience}: {error}");
        expect("the refusal", error.kind(), &TokenRequestErrorKind::InvalidClient)?;
    }

    println!("\n6. The account is deleted: the pod gets no token any more.");
    expect("the account", &issuer.delete_account("gift-deliveries")?, &true)?;
    let error = pod(&issuer, &file)?.token().await.err().ok_or("a token without an account")?;
    println!("   {error}");
    expect("the refusal", error.kind(), &TokenRequestErrorKind::InvalidClient)?;

    println!("\nEverything is as it should be.");
    Ok(())
}

/// The token client of a pod: its file is read for each token request.
fn pod(issuer: &RunningIssuer, file: &ProjectedToken) -> Outcome<TokenClient> {
    let credentials = ClientCredentials::workload(AssertionSource::file(&file.0));
    Ok(TokenClient::discover(issuer.issuer().clone(), credentials)
        .audience(world_mappers::AUDIENCE)
        .allow_loopback_http()
        .build()?)
}

//! What a client of an MCP server finds out before it has a token.

use std::error::Error;

use http::Uri;
use serde_json::Value;
use tower_bearer::{challenge::Challenge, metadata::ProtectedResource};

/// What a client learns from the server.
pub(crate) struct Found {
    pub(crate) resource: String,
    pub(crate) issuer: String,
    pub(crate) scope: String,
}

/// Follows the challenge to the metadata, and the metadata to the issuer.
pub(crate) async fn discover(address: &str) -> Result<Found, Box<dyn Error>> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let refused = http.post(address).send().await?;
    let challenge = challenge(&refused)?;
    let document = metadata(&http, address, challenge.resource_metadata()).await?;
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let resource = text("/resource").ok_or("the metadata has no resource")?;
    if resource != address {
        return Err(format!("the metadata is that of {resource}").into());
    }
    let issuer = text("/authorization_servers/0").ok_or("the metadata has no issuer")?;
    let listed = document.get("scopes_supported").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    let scope = challenge.scope().map_or_else(|| listed.join(" "), str::to_owned);
    Ok(Found { resource, issuer, scope })
}

pub(crate) fn challenge(answer: &reqwest::Response) -> Result<Challenge, Box<dyn Error>> {
    let field = answer.headers().get("www-authenticate").ok_or("the answer has no challenge")?;
    Ok(Challenge::parse_all(field.to_str()?).into_iter().next().ok_or("no bearer challenge")?)
}

/// The metadata at the address that the challenge names, or else at the inserted or the root path.
async fn metadata(
    http: &reqwest::Client,
    address: &str,
    named: Option<&str>,
) -> Result<Value, Box<dyn Error>> {
    let origin: Uri = address.parse()?;
    let origin = format!(
        "{}://{}",
        origin.scheme_str().unwrap_or("https"),
        origin.authority().ok_or("the address has no host")?
    );
    let guessed =
        [address, &origin].map(|resource| ProtectedResource::new(resource).metadata_url());
    let urls = named.map_or_else(|| guessed.to_vec(), |url| vec![url.to_owned()]);
    for url in urls {
        let answer = http.get(url).send().await?;
        if answer.status() == 200 {
            return Ok(serde_json::from_slice(&answer.bytes().await?)?);
        }
    }
    Err("the server has no metadata".into())
}

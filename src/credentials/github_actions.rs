//! The OpenID Connect token of a GitHub Actions job.

use std::env;

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{
    HeaderValue, Request, StatusCode, Uri,
    header::{ACCEPT, AUTHORIZATION},
};

use super::{CredentialError, SourceContext, text::MAX_BYTES};
use crate::{
    json::{self, Member},
    secret::Secret,
};

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The address of the runner's token service, and the token that authorizes requests to it.
#[derive(Clone)]
pub(super) enum GitHubActions {
    Environment,
    Given { url: Uri, token: Secret },
}

impl GitHubActions {
    pub(super) fn values(&self) -> Result<(Uri, Secret), CredentialError> {
        let variable = |name: &str| {
            env::var(name).ok().filter(|value| !value.is_empty()).ok_or_else(|| {
                CredentialError(format!(
                    "cannot be fetched: the variable {name} is not set; give the job the \
                     permission `id-token: write`"
                ))
            })
        };
        match self {
            Self::Given { url, token } => Ok((url.clone(), token.clone())),
            Self::Environment => {
                let url = variable(URL)?.parse();
                let url = url.map_err(|_| CredentialError(format!("needs a URL in {URL}")))?;
                Ok((url, Secret::new(variable(TOKEN)?)))
            }
        }
    }
}

pub(super) async fn fetch(
    source: &GitHubActions,
    context: &SourceContext<'_>,
) -> Result<Secret, CredentialError> {
    let failed = |why: &str| CredentialError(format!("the token service of GitHub Actions {why}"));
    let (url, token) = source.values()?;
    context.url_rule.check(&url).map_err(failed)?;
    let query = Serializer::new(String::new()).append_pair("audience", context.audience).finish();
    let separator = if url.query().is_some() { '&' } else { '?' };
    let url = format!("{url}{separator}{query}");
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| failed("cannot be asked with this token"))?;
    authorization.set_sensitive(true);
    let request = Request::get(url)
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, authorization)
        .body(Bytes::new())
        .map_err(|_| failed("has no URL for this audience"))?;
    let answer = context.transport.send(request, MAX_BYTES).await;
    let answer = answer.map_err(|error| failed(&format!("cannot be reached: {error}")))?;
    if answer.status() != StatusCode::OK {
        return Err(failed(&format!("answers {}", answer.status())));
    }
    let mut assertion = None;
    let text = std::str::from_utf8(answer.body()).map_err(|_| failed("answers no JSON"))?;
    json::read(text, &mut |name, value| {
        if let ("value", Member::Text(text)) = (name, value) {
            assertion = Some(Secret::new(text.into_owned()));
        }
    })
    .map_err(|_| failed("answers no JSON"))?;
    assertion.ok_or_else(|| failed("answers without a `value`"))
}

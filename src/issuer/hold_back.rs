//! Answers a client that is refused.

use http::Response;

use super::{error::TokenFailure, response::ResponseBody, serve::Activity};

/// Logs a refusal and answers it. The answer to repeated wrong credentials is delayed.
pub(super) async fn refuse(
    failure: TokenFailure,
    what: &'static str,
    activity: Option<Activity>,
) -> Response<ResponseBody> {
    let TokenFailure { error, client, delay } = failure;
    let (code, why) = (error.code.name(), &*error.description);
    tracing::info!(client_id = client, error = code, why, "{what}");
    if !delay.is_zero() {
        if let Some(activity) = activity {
            activity.hold_back();
        }
        tokio::time::sleep(delay).await;
    }
    error.into_response()
}

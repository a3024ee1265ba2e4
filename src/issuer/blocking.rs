//! Work that may wait for the disk.

use super::{error::TokenError, shared::Shared};

/// Runs work on a blocking thread if the issuer keeps its statuses on the disk, else at once.
///
/// # Errors
/// `server_error` if the work has panicked.
pub(super) async fn run<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TokenError> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) if shared.revocations.is_on_disk() => {
            runtime.spawn_blocking(work).await.map_err(|_| TokenError::server_error())
        }
        _ => Ok(work()),
    }
}

//! Texts from files and commands.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use super::CredentialError;

/// The longest secret or assertion that is read, in bytes: far above any token that a header
/// carries.
pub(super) const MAX_BYTES: usize = 64 * 1_024;

/// Reads a file without blocking the runtime.
pub(super) async fn read_file(path: &Path) -> Result<Zeroizing<String>, CredentialError> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read_bounded(File::open(owned)?)).await;
    let read = read.unwrap_or_else(|_| Err(io::Error::other("the reading thread was stopped")));
    read.map_err(|error| CredentialError(format!("{}: {error}", path.display())))
}

fn read_bounded(source: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    source.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
    if text.len() > MAX_BYTES {
        return Err(io::Error::other("longer than 64 KiB"));
    }
    Ok(text)
}

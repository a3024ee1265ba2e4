//! The verifier: every check refuses what it must, and admits the repaired twin.

mod claims;
mod explain;
mod header;
mod identifiers;
mod vectors;
mod wild;

use tower_bearer::{AccessToken, error::TokenFaultKind, verify::Verifier};

use crate::support::{Mint, NOW};

fn verifier() -> Verifier {
    Verifier::new(Mint::issuer(), Mint::audience())
}

fn judge(verifier: &Verifier, mint: &Mint, token: &str) -> Result<AccessToken, TokenFaultKind> {
    verifier.verify(token, &mint.keys(), NOW).map_err(|fault| fault.kind().clone())
}

/// The token is refused for this reason, and without what spoils it it is admitted.
#[track_caller]
fn refused_for(expected: &TokenFaultKind, spoiled: &Mint, repaired: &Mint) {
    assert_eq!(judge(&verifier(), spoiled, &spoiled.sign()).map(|_| ()), Err(expected.clone()));
    assert_eq!(judge(&verifier(), repaired, &repaired.sign()).map(|_| ()), Ok(()));
}

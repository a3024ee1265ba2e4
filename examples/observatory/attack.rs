//! The tokens of an attacker.

use tower_bearer::issuer::testing::{Signer, TestIssuer, TokenChanges};

use crate::stage::Outcome;

/// The tokens that the attacker tries in one minute; the attack grows and fades.
pub(crate) fn tokens(issuer: &TestIssuer, minute: u64) -> Outcome<Vec<String>> {
    let none = TokenChanges::none;
    let own = issuer.mint(&none())?;
    let (signed, _) = own.rsplit_once('.').ok_or("a token has three parts")?;
    let other = issuer.mint(&none().claim("jti", format!("other-{minute}")))?;
    let (_, foreign_signature) = other.rsplit_once('.').ok_or("a token has three parts")?;
    let forged = format!("{signed}.{foreign_signature}");
    let expired = issuer.mint(&none().expires_in(-3_600))?;
    let other_audience = issuer.mint(&none().claim("aud", "urn:other"))?;
    let other_issuer = issuer.mint(&none().claim("iss", "https://evil.example"))?;
    let unknown_key = issuer.mint(&none().signer(Signer::Stranger))?;
    let without_signature = issuer.mint(&none().header("alg", "none"))?;
    let id_token = issuer.mint(&none().header("typ", "JWT").claim("nonce", "n"))?;
    let too_poor = issuer.mint(&none().claim("scope", "invoices:read"))?;

    let middle = u64::midpoint(crate::ATTACK.start, crate::ATTACK.end);
    let strength = usize::try_from(7 - minute.abs_diff(middle).min(6))?;
    let wave = [
        (forged, 4),
        (unknown_key, 3),
        (expired, 3),
        (without_signature, 2),
        (other_audience, 2),
        (other_issuer, 1),
        (id_token, 1),
        (too_poor, 1),
        ("not.a.token".to_owned(), 1),
        ("{<script>alert(1)</script>}".to_owned(), 1),
    ];
    let repeated = |(token, times): (String, usize)| vec![token; times * strength / 2];
    Ok(wave.into_iter().flat_map(repeated).collect())
}

use super::verifier::Verifier;
use crate::{time::UnixTime, token::AccessToken};

/// What may change about a token after it was admitted.
impl Verifier {
    /// Returns the time from which an admitted token counts as expired.
    pub(crate) fn ends_at(&self, token: &AccessToken) -> UnixTime {
        let oldest = self.max_token_age.zip(token.issued_at());
        let too_old = oldest.map_or(UnixTime::MAX, |(age, issued_at)| issued_at + age);
        token.expires_at().min(too_old) + self.leeway
    }

    /// Returns true if a verified token is still meant for this API.
    pub(crate) fn accepts_audience_of(&self, token: &AccessToken) -> bool {
        self.check_audience(token.decoded()).is_ok()
    }
}

//! Finds what is wrong with the settings of a resource server.

use super::{ResourceServerBuilder, resource_metadata};
use crate::{error::Problems, trust::MIN_CACHE_BYTES};

impl ResourceServerBuilder {
    pub(super) fn check(&self, problems: &mut Problems) {
        for error in &self.invalid {
            problems.add(error.setting(), error.help());
        }
        if self.misplaced {
            problems.add(
                "token settings",
                "apply to no issuer; make them in the verifier of a `TrustedIssuer`",
            );
        }
        if self.http_misplaced {
            let help = "apply to no issuer whose keys are fetched; name the issuer first";
            problems.add("http", help);
        }
        if let Some(help) = self.url_rule.fault() {
            problems.add("allow_http_to", help);
        }
        self.limits.check(problems);
        self.token_sources.iter().for_each(|source| source.check(problems));
        if self.issuers.is_empty() && self.invalid.is_empty() && self.resolver.is_none() {
            problems.add("issuers", "are missing; trust at least one, or set `resolve_issuers`");
        }
        if matches!(self.resolver, Some((0, _))) {
            problems.add("resolve_issuers", "has a limit of zero, so no issuer could be in use");
        }
        for (place, issuer) in self.issuers.iter().enumerate() {
            let issuer = issuer.verifier();
            issuer.check(problems);
            let mut earlier = self.issuers.iter().take(place);
            if earlier.any(|other| other.verifier().issuer() == issuer.issuer()) {
                let issuer = issuer.issuer();
                problems.add("issuer", format!("{issuer} is named twice; name it once"));
            }
        }
        if self.cache_bytes.is_some_and(|bytes| bytes < MIN_CACHE_BYTES) {
            let cure = "is less than 64 KiB, too little to be of use; give more, or leave it out";
            problems.add("cache_verified_tokens", cure);
        }
        if self.realm.as_deref() == Some("") {
            problems.add("realm", "is empty; name the API, or leave the setting out");
        }
        let (resource, url) = (self.protected_resource.as_ref(), self.resource_metadata.as_ref());
        resource_metadata::check(resource, url, &self.url_rule.without_hosts(), problems);
    }
}

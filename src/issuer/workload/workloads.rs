//! The issuers that are trusted for workloads, in use.

use std::{sync::Arc, time::Duration};

use super::{
    acceptance::{Acceptance, LEEWAY, Unacceptable, Workload, shown},
    form::AssertionForm,
    issuer::WorkloadIssuer,
};
use crate::{
    claims::Issuer,
    error::{BearerErrorKind, Problems, Setting},
    issuer::error::TokenError,
    jwt::{TokenLimits, UnverifiedToken},
    metrics::IssuersMetrics,
    time::Clock,
    transport::{UrlRule, default_transport},
    trust::{Authenticator, IssuerContext, IssuerState, TrustedIssuer},
    verify::{Verifier, trust_domain},
};

const MIN_LIFETIME: Duration = Duration::from_secs(60);
/// An assertion is remembered for this long: a longer one would fill the memory.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The trusted issuers of a configuration, with the keys that were fetched so far.
#[derive(Debug)]
pub(in crate::issuer) struct Workloads {
    authenticator: Authenticator,
    /// In the order of the authenticator's issuers.
    issuers: Vec<Opened>,
}

#[derive(Debug)]
struct Opened {
    trusted: TrustedIssuer,
    acceptance: Acceptance,
}

/// What opening the issuers needs from the token issuer.
#[derive(Debug)]
pub(in crate::issuer) struct WorkloadContext {
    /// The token issuer itself, which is never trusted.
    pub(in crate::issuer) own: Issuer,
    pub(in crate::issuer) clock: Arc<dyn Clock>,
    pub(in crate::issuer) url_rule: UrlRule,
}

impl Workloads {
    /// Makes the issuers ready for use, with the keys that `last` has for the same ones. Nothing is
    /// fetched yet.
    pub(in crate::issuer) fn open(
        definitions: Vec<WorkloadIssuer>,
        last: Option<&Self>,
        context: WorkloadContext,
        problems: &mut Problems,
    ) -> Self {
        let mut names = vec![without_slash(&context.own).to_owned()];
        let opening = IssuerContext {
            clock: context.clock.clone(),
            transport: default_transport(&context.url_rule),
            url_rule: context.url_rule,
            limits: TokenLimits::default(),
            metrics: IssuersMetrics::configured(without_slash(&context.own)),
            shared: Arc::default(),
        };
        let (mut states, mut issuers) = (Vec::new(), Vec::new());
        for (index, definition) in definitions.into_iter().enumerate() {
            let name = without_slash(&definition.issuer).to_owned();
            let setting = |rule| setting_of(index, &definition.issuer, rule);
            match names.iter().position(|known| *known == name) {
                Some(0) => problems.add(
                    setting(None),
                    "is this issuer itself, whose tokens are for APIs: leave it out",
                ),
                Some(_) => problems.add(setting(None), "is named twice: name it once"),
                None => {}
            }
            let is_spiffe = name.strip_prefix("spiffe://").is_some_and(|it| !it.contains('/'));
            if definition.is_trust_domain && !is_spiffe {
                problems
                    .add(setting(None), "is no trust domain: write it as `spiffe://example.org`");
            }
            names.push(name);
            if !(MIN_LIFETIME..=MAX_LIFETIME).contains(&definition.max_lifetime) {
                let fault = format!(
                    "has a `max_lifetime` of {:?}: give 1 minute to 24 hours",
                    definition.max_lifetime
                );
                problems.add(setting(None), fault);
            }
            let mut of_keys = Problems::default();
            let trusted = trusted(&definition);
            trusted.verifier().check(&mut of_keys);
            let known = last.and_then(|last| last.opened(&trusted));
            states.push(trusted.clone().open_after(known.map(|it| &**it), &opening, &mut of_keys));
            if let Err(error) = of_keys.or(()) {
                for problem in error.problems() {
                    let fault = format!("`{}` {}", problem.setting(), problem.help());
                    problems.add(setting(None), format!("cannot be used: {fault}"));
                }
            }
            let mut rules = Vec::new();
            for (place, rule) in definition.rules.into_iter().enumerate() {
                match rule.resolve(definition.issuer.as_str()) {
                    Ok(rule) => rules.push(rule),
                    Err(fault) => {
                        problems.add(setting_of(index, &definition.issuer, Some(place)), fault);
                    }
                }
            }
            let (replay, max_lifetime) = (definition.replay, definition.max_lifetime);
            issuers
                .push(Opened { trusted, acceptance: Acceptance { rules, replay, max_lifetime } });
        }
        Self { authenticator: Authenticator::without_cache(states, context.clock), issuers }
    }

    /// Checks that each rule names one of these accounts.
    pub(in crate::issuer) fn check_accounts(
        &self,
        is_account: impl Fn(&str) -> bool,
        problems: &mut Problems,
    ) {
        for (index, opened) in self.issuers.iter().enumerate() {
            let rules = opened.acceptance.rules.iter().enumerate();
            for (place, rule) in rules.filter(|(_, rule)| !is_account(&rule.account)) {
                problems.add(
                    setting_of(index, opened.trusted.verifier().issuer(), Some(place)),
                    format!("names the account `{}`, which does not exist", rule.account),
                );
            }
        }
    }

    pub(in crate::issuer) fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// Returns true if an issuer of this identifier is trusted.
    pub(in crate::issuer) fn trusts(&self, issuer: &str) -> bool {
        self.issuers.iter().any(|it| it.trusted.verifier().issuer().as_str() == issuer)
    }

    /// Returns true if a rule names this account, so that it needs no credential of its own.
    pub(in crate::issuer) fn has_rule_for(&self, account: &str) -> bool {
        let rules = self.issuers.iter().flat_map(|issuer| &issuer.acceptance.rules);
        rules.into_iter().any(|rule| rule.account == account)
    }

    /// Verifies an assertion, waiting for its issuer's keys if they must be fetched, and finds the
    /// account that a rule gives it. It does **not** check whether the assertion was used before.
    ///
    /// # Errors
    /// The same for every fault of the assertion; the log has the reason.
    pub(in crate::issuer) async fn recognize(
        &self,
        assertion: UnverifiedToken,
        form: AssertionForm,
    ) -> Result<Workload, TokenError> {
        let name = self.issuer_of(&assertion, form).map(str::to_owned);
        let verified = self.authenticator.authenticate_parsed(assertion, name.as_deref()).await;
        let token = verified.map_err(|error| match error.kind() {
            BearerErrorKind::KeysUnavailable { retry_after } => {
                TokenError::temporarily_unavailable(*retry_after)
            }
            _ => form.refusal(),
        })?;
        let issuer = name.as_deref().unwrap_or_default();
        let mut known = self.issuers.iter();
        let opened = known.find(|it| it.trusted.verifier().issuer().as_str() == issuer);
        let opened = opened.ok_or_else(|| form.refusal())?;
        let judged = opened.acceptance.judge(&token, issuer, form, self.authenticator.clock.now());
        judged.map_err(|Unacceptable { check, expected, got }| {
            let parameter = form.parameter();
            tracing::info!(issuer, check, expected, got, "{parameter} refused");
            form.refusal()
        })
    }

    /// Returns the issuer of an assertion: that of `iss`, or the trust domain of a SPIFFE ID.
    fn issuer_of<'t>(
        &self,
        assertion: &'t UnverifiedToken,
        form: AssertionForm,
    ) -> Option<&'t str> {
        let domain = assertion.subject().and_then(trust_domain);
        let domain =
            domain.filter(|domain| form == AssertionForm::SpiffeAssertion && self.trusts(domain));
        domain.or(assertion.issuer())
    }

    /// The state of an issuer whose keys are fetched as `trusted` fetches them.
    fn opened(&self, trusted: &TrustedIssuer) -> Option<&Arc<IssuerState>> {
        let place = self.issuers.iter().position(|it| it.trusted.has_keys_of(trusted))?;
        self.authenticator.issuers.get(place)
    }
}

impl Workload {
    /// Logs that the workload has been recognized.
    pub(in crate::issuer) fn log(&self, form: AssertionForm) {
        tracing::info!(
            client_id = self.account,
            issuer = self.issuer,
            subject = shown(&self.subject),
            form = form.parameter(),
            "workload recognized"
        );
    }
}

fn trusted(definition: &WorkloadIssuer) -> TrustedIssuer {
    let mut verifier = Verifier::new(definition.issuer.clone(), definition.audience.clone())
        .leeway(LEEWAY)
        .of_assertions();
    if let Some(algorithms) = &definition.algorithms {
        verifier = verifier.algorithms(algorithms.iter().copied());
    }
    if definition.is_trust_domain {
        verifier = verifier.of_trust_domain();
    }
    TrustedIssuer::new(verifier, definition.keys.clone())
}

fn setting_of(index: usize, issuer: &Issuer, rule: Option<usize>) -> Setting {
    Setting::TrustedIssuer { index, issuer: issuer.as_str().into(), rule }
}

/// Two issuers that differ by a slash alone are one, as far as trust in oneself is concerned.
fn without_slash(issuer: &Issuer) -> &str {
    issuer.as_str().trim_end_matches('/')
}

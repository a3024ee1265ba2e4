//! Listens to all that is told while the tests run, whatever they are about: no token and no key
//! is in it.

use std::{
    fmt::{Debug, Write as _},
    io::Write as _,
    sync::Once,
};

use tracing::{Event, Metadata, Subscriber, field::Field, field::Visit, span};

/// How a JSON object begins in base64url, as the header of every token does.
const OBJECT: &str = "eyJ";
/// Secrets of the tests, and what surrounds a private key.
const SECRETS: [&str; 4] =
    ["p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M", "s3cret+/=", "PRIVATE KEY", "\"d\":\""];

/// Begins to listen; it is enough to ask once.
pub(crate) fn watch() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        // Another listener may be there already; then it is the one of that test binary.
        let _ = tracing::subscriber::set_global_default(Watch);
    });
}

struct Watch;

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

/// Whether a token or a secret is in a text.
fn is_secret(text: &str) -> bool {
    let encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_token = |word: &str| word.starts_with(OBJECT) && word.len() > 20;
    text.split(|c| !encoded(c)).any(is_token) || SECRETS.iter().any(|secret| text.contains(secret))
}

impl Watch {
    /// Ends the whole run: a failure in a task of its own would be nobody's.
    fn judge(text: &str) {
        if is_secret(text) {
            let _ = writeln!(std::io::stderr(), "a secret was told:{text}");
            std::process::abort();
        }
    }
}

impl Subscriber for Watch {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tower_bearer")
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut text = Text(String::new());
        attributes.record(&mut text);
        Self::judge(&text.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut text = Text(String::new());
        values.record(&mut text);
        Self::judge(&text.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        Self::judge(&text.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_token_a_secret_or_a_private_key_would_be_noticed() {
    let mint = super::Mint::new();
    let der = mint.key().to_pkcs8_der().unwrap();
    assert!(is_secret(&format!(" message=refused {}", mint.sign())));
    assert!(is_secret(&format!(" token=\"Bearer {}\"", mint.sign())));
    assert!(is_secret(&format!("id:{}", SECRETS[0])));
    assert!(is_secret("{\"kty\":\"EC\",\"d\":\"AAAA\"}"));
    assert!(!is_secret(&format!(" issuer={} kid={:?}", super::Mint::ISSUER, mint.key().kid())));
    assert!(!is_secret(&format!("{der:?} {:?}", mint.key())));
}

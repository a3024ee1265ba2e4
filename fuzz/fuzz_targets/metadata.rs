//! A metadata document: what is read is of the issuer that was asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer::Issuer;
use tower_bearer::metadata::{ServerMetadata, well_known_urls};
use tower_bearer_fuzz::{ISSUER, issuer};

fuzz_target!(|document: &[u8]| {
    if ServerMetadata::parse(document, &issuer()).is_ok() {
        // A byte order mark is skipped before a document.
        let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
        let read: serde_json::Value = serde_json::from_slice(text).unwrap();
        assert_eq!(read["issuer"], ISSUER);
    }
    if let Ok(issuer) =
        std::str::from_utf8(document).map_err(drop).and_then(|text| Issuer::new(text).map_err(drop))
    {
        let _ = well_known_urls(&issuer);
    }
});

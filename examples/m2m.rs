//! An issuer, the World Mappers API and the Gift Deliveries service that calls it, in one process,
//! offline, on three loopback sockets. `story/m2m.rs` has the steps.
//!
//! ```console
//! $ cargo run --example m2m
//! ```

#[cfg(all(feature = "client", feature = "issuer"))]
#[path = "story/m2m.rs"]
mod story;

#[cfg(all(feature = "client", feature = "issuer"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    story::run()
}

/// Runs the example again with the features that it needs.
///
/// A clone of the repository has them: its dev-dependency on itself switches them on. Cargo removes
/// that dependency when it packages the crate, and has no other way to give an example features by
/// default; `required-features` would end the command with an error instead.
#[cfg(not(all(feature = "client", feature = "issuer")))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let status = std::process::Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "m2m", "--features", "client,issuer"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    std::process::exit(status.code().unwrap_or(1))
}

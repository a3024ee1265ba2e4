//! What the compiler says to a malformed `RequireScope!` or `scope!`. The messages are compared on
//! the compiler that they were recorded with; on any other it must only fail.

use std::process::Command;

/// The compiler whose messages are recorded.
const RECORDED: &str = "rustc 1.95.";

#[test]
fn malformed_literals_do_not_compile() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().unwrap().stdout;
    if !version.starts_with(RECORDED.as_bytes()) {
        eprintln!("skipped: the messages are recorded for {RECORDED}x");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}

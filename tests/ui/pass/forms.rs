#![deny(warnings)]

use tower_bearer::{RequireScope, require::any_of, scope};

pub type CanRead = RequireScope!["announce:{id}:read"];

#[axum::debug_handler]
async fn one(RequireScope(token): RequireScope!["announce:read"]) -> String {
    token.scopes().to_string()
}

async fn all(_: RequireScope!["announce:read", "revenue:read"]) {}

async fn any(_: RequireScope![any "announce:read", "a:b:c:d"]) {}

async fn named(RequireScope(token): CanRead) {
    let _ = token.into_token();
}

fn main() {
    let _ = (one, all, any, named);
    let _ = RequireScope("announce:read");
    let _ = RequireScope(scope!("announce:read revenue:read"));
    let _ = RequireScope(any_of(["announce:read", "revenue:read"]));
}

use tower_bearer::RequireScope;

async fn handler(_: RequireScope!["announce:r\u{e9}ad"]) {}

fn main() {
    let _ = handler;
}

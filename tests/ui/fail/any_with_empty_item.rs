use tower_bearer::RequireScope;

async fn handler(_: RequireScope![any "announce:read", ""]) {}

fn main() {
    let _ = handler;
}

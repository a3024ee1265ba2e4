use tower_bearer::RequireScope;

async fn handler(_: RequireScope![any "announce:read revenue:read", "directions"]) {}

fn main() {
    let _ = handler;
}

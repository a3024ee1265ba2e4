use tower_bearer::RequireScope;

async fn handler(_: RequireScope![""]) {}

fn main() {
    let _ = handler;
}

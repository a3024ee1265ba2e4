use tower_bearer::RequireScope;

async fn handler(_: RequireScope!["announce:{id:read"]) {}

fn main() {
    let _ = handler;
}

use tower_bearer::RequireScope;

const READ: &str = "announce:read";

async fn list(_: RequireScope![READ]) {}

fn main() {
    let _ = list;
}

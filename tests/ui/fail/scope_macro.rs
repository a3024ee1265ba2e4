use tower_bearer::{RequireScope, scope};

fn main() {
    let _ = RequireScope(scope!("announce:\tread"));
}

use axum::{Router, routing::get};
use tower_bearer::RequireScope;

fn main() {
    let _: Router = Router::new().route("/", get(|| async {})).route_layer(RequireScope(7));
}

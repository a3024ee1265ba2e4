use tower_bearer::AccessToken;

fn main() {
    let _ = AccessToken(std::sync::Arc::new(()));
}

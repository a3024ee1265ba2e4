//! The World Mappers API: maps for those who deliver.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tower_bearer::{RequireScope, ResourceServer};

pub(crate) const AUDIENCE: &str = "urn:worldmappers";

/// The three things it can do, each behind its own scope.
pub(crate) fn app(api: &ResourceServer) -> Router {
    Router::new()
        .route("/api/location/geocode", get(geocode))
        .route("/api/location/reverse-geocode", get(reverse_geocode))
        .route("/api/directions", get(directions))
        .layer(api.layer())
}

async fn geocode(_: RequireScope!["geocode:location"]) -> Json<Value> {
    Json(json!({"lat": 47.617_881_9, "lng": -122.194_041}))
}

async fn reverse_geocode(_: RequireScope!["reverse-geocode:location"]) -> Json<Value> {
    Json(json!({"street": "10900 NE 8th Street", "city": "Bellevue", "state": "Washington"}))
}

async fn directions(_: RequireScope!["directions"]) -> Json<Value> {
    Json(json!([
        {"step": 1, "action": "Turn left"},
        {"step": 2, "action": "Turn right"},
        {"step": 3, "action": "Finish"},
    ]))
}

use serde_json::{Value, json};
use tower_bearer::{
    Issuer,
    openapi::{SecurityScheme, aide, utoipa},
};

fn in_both(scheme: &SecurityScheme) -> [Value; 2] {
    let mut by_utoipa = ::utoipa::openapi::OpenApi::default();
    utoipa::add_scheme(&mut by_utoipa, scheme);
    let mut by_aide = ::aide::openapi::OpenApi::default();
    aide::add_scheme(&mut by_aide, scheme);
    [serde_json::to_value(by_utoipa).unwrap(), serde_json::to_value(by_aide).unwrap()]
        .map(|document| document["components"]["securitySchemes"]["oauth2"].clone())
}

#[test]
fn a_discovered_scheme_names_the_metadata_of_openid_connect() {
    let issuer = Issuer::new("https://issuer.example/tenant").unwrap();
    let url = "https://issuer.example/tenant/.well-known/openid-configuration";
    let expected = json!({"type": "openIdConnect", "openIdConnectUrl": url});
    for scheme in in_both(&SecurityScheme::discover(&issuer).unwrap()) {
        assert_eq!(scheme, expected);
    }
    let template = Issuer::new("https://issuer.example/{tenantid}").unwrap();
    assert!(SecurityScheme::discover(&template).is_err());
}

#[cfg(feature = "issuer")]
#[test]
fn the_scheme_of_the_bundled_issuer_names_its_token_endpoint() {
    use tower_bearer::{algorithm::Algorithm, issuer::TokenIssuer};

    let issuer = TokenIssuer::builder("https://issuer.example/tenant".parse().unwrap())
        .algorithm(Algorithm::EdDSA)
        .build()
        .unwrap();
    for scheme in in_both(&SecurityScheme::from_issuer(&issuer)) {
        assert_eq!(scheme["type"], "oauth2");
        let flow = &scheme["flows"]["clientCredentials"];
        assert_eq!(flow["tokenUrl"], "https://issuer.example/tenant/oauth/token");
        assert_eq!(flow["scopes"], json!({}));
    }
}

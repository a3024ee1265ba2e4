use super::*;

/// Answers that say nothing about a token: the request is answered 503, and its twin passes.
#[tokio::test]
async fn r66_an_answer_that_is_not_well_formed_admits_nothing() {
    let good = active().to_string();
    let (_, behind) = good.split_once('{').unwrap();
    let html = "<!DOCTYPE html><p>sign in";
    let of_type = |content_type: &str, body: &str| {
        Reply::Answer(200, vec![("content-type", content_type.to_owned())], body.into())
    };
    let answers = [
        ("HTML", of_type("text/html", html)),
        ("HTML that says it is JSON", Reply::json(html)),
        ("JSON that says it is HTML", of_type("text/html", &good)),
        ("no type", Reply::Answer(200, Vec::new(), good.clone().into())),
        ("two types", Reply::json(good.clone()).with("content-type", "text/html")),
        ("nothing", Reply::json("")),
        ("an array", Reply::json(format!("[{good}]"))),
        ("true", Reply::json("true")),
        ("a truncated object", Reply::json(&good.as_bytes()[..good.len() - 1])),
        ("trailing bytes", Reply::json(format!("{good} x"))),
        ("not UTF-8", Reply::json(*b"{\"active\":true,\"sub\":\"\xff\"}")),
        ("`active` twice", Reply::json(format!("{{\"active\":false,{behind}"))),
        ("`aud` twice", Reply::json(format!("{{\"aud\":\"urn:other\",{behind}"))),
        ("a nested member twice", Reply::json(format!("{{\"x\":{{\"y\":1,\"y\":2}},{behind}"))),
        ("`active` missing", json_reply(&with(&json!({"active": null})))),
        ("`active` null", Reply::json(good.replace("\"active\":true", "\"active\":null"))),
        ("`active` as a string", json_reply(&with(&json!({"active": "true"})))),
        ("`active` as a number", json_reply(&with(&json!({"active": 1})))),
        ("too deep", Reply::json(format!("{{\"x\":{}{},{behind}", "[".repeat(99), "]".repeat(99)))),
        ("too long", json_reply(&with(&json!({"x": "a".repeat(70_000)})))),
        ("201", Reply::Answer(201, vec![("content-type", "application/json".into())], good.into())),
        ("204", Reply::status(204)),
        ("a redirect", Reply::status(302).with("location", "https://issuer.example/elsewhere")),
        ("400", Reply::status(400)),
        ("404", Reply::status(404)),
        ("500", Reply::status(500)),
        ("a closed connection", Reply::Close),
    ];
    for (name, answer) in answers {
        let api = Api::new().await;
        api.endpoint.always(answer);
        let response = api.response("/", "opaque").await;
        assert_eq!(response.status(), 503, "{name}");
        assert!(response.headers().contains_key(header::RETRY_AFTER), "{name}");
        assert!(!response.headers().contains_key(header::WWW_AUTHENTICATE), "{name}");
        assert_eq!(api.asked(), 1, "a redirect is not followed: {name}");
        api.always(&active());
        api.clock.advance(seconds(60));
        assert_eq!(api.get("opaque").await, 200, "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_left_after_the_time_limit() {
    for reply in [Reply::Hang, Reply::Drip] {
        let api = Api::with(|it| it.timeout(Duration::from_millis(200))).await;
        api.endpoint.always(reply.clone());
        assert_eq!(api.get("opaque").await, 503, "{reply:?}");
        api.always(&active());
        api.clock.advance(seconds(60));
        assert_eq!(api.get("opaque").await, 200, "{reply:?}");
    }
}

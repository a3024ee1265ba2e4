use std::time::Duration;

use http::StatusCode;
use tower_bearer::client::TokenRequestErrorKind as Kind;

use super::{builder, client, granted, token_of};
use crate::support::{NOW, Reply, Server};

async fn outcome(reply: Reply) -> Result<(), Kind> {
    let server = Server::start(move |_| reply.clone()).await;
    client(&server).token().await.map(|_| ()).map_err(|error| error.kind().clone())
}

#[tokio::test]
async fn c1_unknown_members_are_ignored() {
    let server = Server::start(|_| {
        Reply::json(
            r#"{"x":{"y":[1]},"access_token":"a","token_type":"bearer","expires_in":60,"z":null}"#,
        )
    })
    .await;
    assert_eq!(token_of(&client(&server)).await, "a");
}

#[tokio::test]
async fn c2_unknown_token_type_is_refused() {
    let typed = |token_type: &str| {
        Reply::json(format!("{{\"access_token\":\"a\",\"token_type\":\"{token_type}\"}}"))
    };
    let refused = Err(Kind::MalformedAnswer("has a `token_type` other than Bearer"));
    assert_eq!(outcome(typed("mac")).await, refused);
    assert_eq!(outcome(typed("DPoP")).await, refused);
    assert_eq!(outcome(typed("BEARER")).await, Ok(()));
    let none = Reply::json(r#"{"access_token":"a"}"#);
    assert_eq!(outcome(none).await, Err(Kind::MalformedAnswer("has no `token_type`")));
}

#[tokio::test]
async fn c3_without_expires_in_a_token_lives_five_minutes() {
    let server =
        Server::start(|_| Reply::json(r#"{"access_token":"a","token_type":"Bearer"}"#)).await;
    let token = client(&server).token().await.unwrap();
    assert_eq!(token.expires_at(), NOW + Duration::from_secs(300));
    server.always(granted("b"));
    let token = client(&server).token().await.unwrap();
    assert_eq!(token.expires_at(), NOW + Duration::from_secs(3_600));
}

#[tokio::test]
async fn c4_what_was_not_granted_is_a_value() {
    let server = Server::start(|_| granted("a")).await;
    let client = || builder(&server).scope("a b c").build().unwrap();
    let scopes = async || {
        let token = client().token().await.unwrap();
        (token.scope().to_string(), token.rejected().to_string())
    };
    assert_eq!(scopes().await, ("a b c".to_owned(), String::new()));
    let answer = |more: &str| {
        Reply::json(format!("{{\"access_token\":\"a\",\"token_type\":\"Bearer\",{more}}}"))
    };
    server.always(answer(r#""scope":"b""#));
    assert_eq!(scopes().await, ("b".to_owned(), "a c".to_owned()));
    server.always(answer(r#""scope":"b a","rejected_scope":"c d""#));
    assert_eq!(scopes().await, ("b a".to_owned(), "c d".to_owned()));
}

/// What the issuer writes ends up in logs and on terminals.
#[tokio::test]
async fn c4_rejected_scopes_are_scopes_and_bounded() {
    let escape = r"\u001b[2Jx a\u0007 b\u202e c\nd e:f:g \u009b e:f:g h";
    let refused = |rejected: &str| {
        let body = format!(r#"{{"error":"invalid_scope","rejected_scope":"{rejected}"}}"#);
        match Reply::json(body) {
            Reply::Answer(_, fields, body) => Reply::Answer(400, fields, body),
            other => other,
        }
    };
    let rejected = "e:f:g h".to_owned();
    assert_eq!(outcome(refused(escape)).await, Err(Kind::InvalidScope { rejected }));
    let Err(Kind::InvalidScope { rejected }) = outcome(refused(&"a".repeat(9_000))).await else {
        panic!("another error")
    };
    assert_eq!(rejected, "");
    let many = (0..5_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    let Err(Kind::InvalidScope { rejected }) = outcome(refused(&many)).await else {
        panic!("another error")
    };
    let first = (0..256).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(rejected, first, "as many scopes as a token may have");

    let granted = format!(
        r#"{{"access_token":"a","token_type":"Bearer","scope":"a","rejected_scope":"{escape}"}}"#
    );
    let server = Server::start(move |_| Reply::json(granted.clone())).await;
    let token = builder(&server).scope("a b").build().unwrap().token().await.unwrap();
    assert_eq!(token.rejected().to_string(), "b e:f:g h");
}

#[tokio::test]
async fn errors_have_the_words_of_rfc_6749() {
    let error = |status, code: &str| match Reply::json(format!("{{\"error\":\"{code}\"}}")) {
        Reply::Answer(_, fields, body) => Reply::Answer(status, fields, body),
        other => other,
    };
    assert_eq!(outcome(error(401, "invalid_client")).await, Err(Kind::InvalidClient));
    assert_eq!(outcome(error(400, "invalid_target")).await, Err(Kind::InvalidTarget));
    assert_eq!(outcome(error(400, "unauthorized_client")).await, Err(Kind::Denied));
    assert_eq!(outcome(error(400, "invalid_request")).await, Err(Kind::InvalidRequest));
    let rejected = String::new();
    assert_eq!(outcome(error(400, "invalid_scope")).await, Err(Kind::InvalidScope { rejected }));
    let status = |status| Err(Kind::Status(StatusCode::from_u16(status).unwrap()));
    assert_eq!(outcome(error(400, "new_code")).await, status(400));
    assert_eq!(outcome(Reply::status(502)).await, status(502));
    assert_eq!(
        outcome(Reply::status(302).with("location", "https://evil.example")).await,
        status(302)
    );
    assert_eq!(outcome(Reply::Close).await, Err(Kind::Unreachable));
}

#[tokio::test]
async fn a_malformed_answer_gives_no_token() {
    let good = r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#;
    for bad in [
        "[]",
        "<html>",
        r#"{"token_type":"Bearer"}"#,
        r#"{"access_token":"","token_type":"Bearer"}"#,
        r#"{"access_token":"a\n","token_type":"Bearer"}"#,
        r#"{"access_token":["a"],"token_type":"Bearer"}"#,
        r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
        r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#,
        r#"{"access_token":"a","token_type":"Bearer","expires_in":"soon"}"#,
    ] {
        let judged = outcome(Reply::json(bad)).await;
        assert!(matches!(judged, Err(Kind::MalformedAnswer(_))), "{bad}: {judged:?}");
    }
    assert_eq!(outcome(Reply::json(good)).await, Ok(()));
    let html = Reply::Answer(200, vec![("content-type", "text/html".into())], good.into());
    assert!(matches!(outcome(html).await, Err(Kind::MalformedAnswer(_))));
    let huge = format!("{{\"x\":\"{}\",{}", "y".repeat(70_000), &good[1..]);
    assert_eq!(outcome(Reply::json(huge)).await, Err(Kind::Unreachable));
}

/// What real issuers write, W46 of the wild list.
#[tokio::test]
async fn w46_null_is_absent_and_an_array_of_scopes_is_read() {
    let token = async |more: &str| {
        let body = format!("{{\"access_token\":\"a\",\"token_type\":\"Bearer\"{more}}}");
        let server = Server::start(move |_| Reply::json(body.clone())).await;
        builder(&server).scope("a b").build().unwrap().token().await
    };
    let nulls = r#","scope":null,"expires_in":null,"rejected_scope":null,"refresh_token":null"#;
    let read = token(nulls).await.unwrap();
    assert_eq!(read.scope().as_str(), "a b");
    assert_eq!(read.expires_at(), NOW + Duration::from_secs(300));
    let read = token(r#","scope":["b","c"],"rejected_scope":["d"]"#).await.unwrap();
    assert_eq!(read.scope().as_str(), "b c");
    assert_eq!(read.rejected().as_str(), "a d");
    let read = token(r#","scope":[],"error":null"#).await.unwrap();
    assert_eq!(read.scope().as_str(), "");
    for (more, member) in [
        (r#","scope":[1]"#, "`scope`"),
        (r#","scope":1"#, "`scope`"),
        (r#","rejected_scope":{}"#, "`rejected_scope`"),
        (r#","expires_in":true"#, "`expires_in`"),
        (r#","expires_in":"soon""#, "`expires_in`"),
        (r#","expires_in":1e300"#, "`expires_in`"),
        (r#","expires_in":-1"#, "`expires_in`"),
        (r#","expires_in":0"#, "`expires_in`"),
        (r#","error":7"#, "`error`"),
        (r#","error_description":[]"#, "`error_description`"),
    ] {
        let error = token(more).await.unwrap_err().to_string();
        assert!(error.contains(member), "{more}: {error}");
    }
    for (body, why) in [
        (r#"{"access_token":null,"token_type":"Bearer"}"#, "no `access_token`"),
        (r#"{"access_token":"a","token_type":null}"#, "no `token_type`"),
        (r#"{"access_token":1,"token_type":"Bearer"}"#, "`access_token` that is not a string"),
        (r#"{"access_token":"a","token_type":[]}"#, "`token_type` that is not a string"),
        ("<html>", "is not a JSON object"),
    ] {
        let server = Server::start(move |_| Reply::json(body)).await;
        let error = client(&server).token().await.unwrap_err().to_string();
        assert!(error.contains(why), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_refusal_is_read_though_its_other_members_are_wrong() {
    let body = r#"{"error":"invalid_client","error_description":null,"scope":7}"#;
    let Reply::Answer(_, fields, body) = Reply::json(body) else { panic!("no answer") };
    assert_eq!(outcome(Reply::Answer(401, fields, body)).await, Err(Kind::InvalidClient));
}

#[tokio::test]
async fn r30_an_answer_of_64_kib_is_read_and_a_longer_one_is_not() {
    let good = r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#;
    for (length, expected) in [(65_536, Ok(())), (65_537, Err(Kind::Unreachable))] {
        let padded = format!("{good}{}", " ".repeat(length - good.len()));
        assert_eq!(outcome(Reply::json(padded)).await, expected, "{length}");
    }
}

#[tokio::test]
async fn r30_of_a_description_256_bytes_are_kept() {
    for (length, kept) in [(256, 256), (257, 256), (4_000, 256)] {
        let text = "d".repeat(length);
        let answer = format!("{{\"error\":\"invalid_scope\",\"error_description\":\"{text}\"}}");
        let reply = Reply::Answer(
            400,
            vec![("content-type", "application/json".to_owned())],
            answer.into_bytes(),
        );
        let server = Server::start(move |_| reply.clone()).await;
        let error = client(&server).token().await.unwrap_err().to_string();
        assert!(error.contains(&"d".repeat(kept)), "{length}");
        assert!(!error.contains(&"d".repeat(kept + 1)));
    }
}

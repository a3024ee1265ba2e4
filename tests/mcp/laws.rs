//! The layer and the MCP server never read two different operations in one body.

use std::fmt;

use proptest::{prelude::*, sample::select};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::*;

/// Members of a message, each as text, in any order and number.
fn object(keys: &'static [&'static str], values: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let member = (select(keys), values).prop_map(|(key, value)| format!("\"{key}\":{value}"));
    prop::collection::vec(member, 0..5)
        .prop_map(|members| format!("{{{}}}", members.join(",")))
        .boxed()
}

fn texts(values: &'static [&'static str]) -> BoxedStrategy<String> {
    select(values).prop_map(str::to_owned).boxed()
}

fn body() -> BoxedStrategy<String> {
    let name = texts(&[
        r#""secret""#,
        r#""s\u0065cret""#,
        r#""secret ""#,
        r#""open""#,
        "1",
        "null",
        r#"["secret"]"#,
        r#"{"name":"secret"}"#,
    ]);
    let params = object(&["name", r"n\u0061me", "uri", "Name", "arguments"], name);
    let value = prop_oneof![
        3 => texts(&[
            r#""tools/call""#,
            r#""tools\/call""#,
            r#""\u0074ools/call""#,
            r#""tools/list""#,
            r#""resources/read""#,
            r#""prompts/get""#,
            "null",
            "7",
        ]),
        3 => params,
        1 => texts(&[r#""2.0""#, "1"]),
    ];
    let keys = &["method", r"m\u0065thod", "params", "jsonrpc", "id", "result"];
    let message = prop_oneof![
        2 => object(keys, value.boxed()),
        // Mostly well-formed, so that many pass.
        3 => (
            texts(&["tools/call", "prompts/get", "tools/list"]),
            object(&["name", r"n\u0061me", "uri"], texts(&[r#""secret""#, r#""open""#, "1"])),
        )
            .prop_map(|(method, params)| format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#
            )),
    ];
    let batch = prop::collection::vec(message.clone(), 0..4)
        .prop_map(|messages| format!("[{}]", messages.join(",")));
    prop_oneof![3 => message, 1 => batch].boxed()
}

/// JSON with repeated members kept: a reader may take any of them.
enum Node {
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    Text(String),
    Other,
}

impl Node {
    /// The members of this name, or nothing.
    fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Self> {
        let members: &[_] = if let Self::Object(members) = self { members } else { &[] };
        members.iter().filter(move |(each, _)| each == name).map(|(_, value)| value)
    }

    fn is(&self, expected: &str) -> bool {
        matches!(self, Self::Text(text) if text == expected)
    }

    /// Whether some reader finds the secret operation.
    fn is_secret(&self) -> bool {
        let named = |member: &'static str| {
            self.all("params").flat_map(move |params| params.all(member)).any(|it| it.is("secret"))
        };
        self.all("method").any(|method| {
            (method.is("tools/call") || method.is("prompts/get")) && named("name")
                || method.is("resources/read") && named("uri")
        })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Node::Object(members))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    elements.push(element);
                }
                Ok(Node::Array(elements))
            }

            fn visit_str<E>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Text(text.to_owned()))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Other)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// Whether `rmcp` finds it.
fn is_secret_to_rmcp(body: &[u8]) -> bool {
    match serde_json::from_slice(body) {
        Ok(ClientJsonRpcMessage::Request(request)) => match request.request {
            ClientRequest::CallToolRequest(call) => call.params.name == "secret",
            ClientRequest::GetPromptRequest(call) => call.params.name == "secret",
            ClientRequest::ReadResourceRequest(call) => call.params.uri == "secret",
            _ => false,
        },
        _ => false,
    }
}

#[test]
fn no_spelling_of_a_body_reaches_an_operation_that_the_token_does_not_grant() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mint = Mint::new().scope("a");
    let token = mint.sign();
    let scopes = McpScopes::new("a")
        .tool("secret", "b")
        .prompt("secret", "b")
        .resource("secret", "b")
        .read_bodies(4_096, SECOND);
    let passed = AtomicUsize::new(0);
    let refused = AtomicUsize::new(0);
    proptest!(ProptestConfig::with_cases(2_000), |(body in body())| {
        let request = post(Some(&token), body.clone());
        let (response, reached) = runtime.block_on(ask(&mint, scopes.clone(), request));
        if reached.calls.load(Ordering::SeqCst) == 0 {
            prop_assert!(matches!(response.status().as_u16(), 400 | 403));
            refused.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
        passed.fetch_add(1, Ordering::SeqCst);
        let came = reached.body.lock().unwrap().clone();
        prop_assert_eq!(&came, body.as_bytes());
        match serde_json::from_slice(&came) {
            Ok(Node::Array(batch)) => prop_assert!(!batch.iter().any(Node::is_secret)),
            Ok(message) => prop_assert!(!message.is_secret()),
            Err(error) => prop_assert!(false, "{}", error),
        }
        prop_assert!(!is_secret_to_rmcp(&came));
    });
    let (passed, refused) = (passed.into_inner(), refused.into_inner());
    assert!(passed > 100 && refused > 100, "{passed} passed, {refused} were refused");
}

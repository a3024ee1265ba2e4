use super::*;

/// Replicas that learn of entries in different orders, one of them late.
#[tokio::test]
async fn replicas_that_apply_the_same_entries_agree() {
    let mint = Mint::new();
    let [one, two, late] = [Api::new(&mint), Api::new(&mint), Api::new(&mint)];
    one.deny(Denied::token_id("1"), NOW + HOUR);
    one.deny(Denied::subject("a"), NOW + HOUR);
    two.deny(Denied::subject("a"), NOW + 2 * HOUR);
    two.deny(Denied::issued_before("b", NOW), NOW + HOUR);
    let send = |from: &Api| serde_json::to_string(&from.server.denylist().snapshot()).unwrap();
    let receive = |to: &Api, entries: &str| {
        let entries: Vec<Denial> = serde_json::from_str(entries).unwrap();
        to.server.denylist().apply(entries).unwrap();
    };
    let (of_one, of_two) = (send(&one), send(&two));
    receive(&one, &of_two);
    receive(&two, &of_one);
    receive(&two, &of_one);
    receive(&late, &send(&two));
    assert_eq!(send(&one), send(&two));
    assert_eq!(send(&one), send(&late));
    for api in [&one, &two, &late] {
        assert_eq!(api.get(&mint.sign()).await, 401);
        assert_eq!(api.get(&mint.clone().claim("jti", "2").sign()).await, 200);
        let list = api.server.denylist().snapshot();
        assert_eq!(list.len(), 3);
        assert!(list.iter().any(|it| *it.denied() == Denied::subject("a")
            && it.until() == NOW + 2 * HOUR
            && *it.issuer() == Mint::issuer()));
    }
}

#[test]
fn an_entry_whose_issuer_cannot_be_one_is_not_read() {
    let entry = |issuer: &str| {
        let text = format!(r#"{{"issuer":"{issuer}","denied":{{"token_id":"1"}},"until_ms":1}}"#);
        serde_json::from_str::<Denial>(&text)
    };
    assert!(entry("").is_err());
    assert!(entry("https://issuer .example").is_err());
    assert_eq!(*entry(Mint::ISSUER).unwrap().issuer(), Mint::issuer());
}

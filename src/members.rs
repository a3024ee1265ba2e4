//! Reads the members of one JSON object, once, from borrowed text.
//!
//! Stricter than JSON: a duplicate member name is a fault at every depth (RFC 7515 §4 and RFC 7519
//! §4 let a reader refuse it), and depth and number of members are bounded.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep objects and arrays may nest; real tokens stay below 5.
pub(crate) const MAX_DEPTH: usize = 16;
/// How many members one object may have; real tokens stay below 40.
pub(crate) const MAX_MEMBERS: usize = 128;

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// It is not one JSON object and nothing else.
    Syntax,
    /// A member name stands twice in one object.
    Duplicate,
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An object has more than [`MAX_MEMBERS`] members.
    TooMany,
}

/// A member's value, as far as a registered claim or header parameter can need it.
#[derive(Debug, PartialEq)]
pub(crate) enum Member<'t> {
    Bool(bool),
    Number(f64),
    Text(Cow<'t, str>),
    /// An array that holds strings only.
    Texts(Vec<Cow<'t, str>>),
    /// `null`, an object, or an array that holds something else than strings.
    Other,
}

/// Hands each member of the object in `text` to `take`, in the order of the text.
pub(crate) fn read<'t>(
    text: &'t str,
    take: &mut dyn FnMut(&str, Member<'t>),
) -> Result<(), JsonFault> {
    let fault = Cell::new(JsonFault::Syntax);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let object = Object { depth: 1, fault: &fault, take };
    match deserializer.deserialize_map(object).and_then(|()| deserializer.end()) {
        Ok(()) => Ok(()),
        Err(_) => Err(fault.get()),
    }
}

/// Visits one object.
struct Object<'c, 'f, 't> {
    depth: usize,
    fault: &'c Cell<JsonFault>,
    take: &'f mut dyn FnMut(&str, Member<'t>),
}

impl<'t> Visitor<'t> for Object<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let refuse = |fault| {
            self.fault.set(fault);
            A::Error::custom("refused")
        };
        let mut names: Vec<Cow<'t, str>> = Vec::with_capacity(MAX_DEPTH);
        while let Some(name) = map.next_key_seed(Text)? {
            if names.contains(&name) {
                return Err(refuse(JsonFault::Duplicate));
            }
            if names.len() == MAX_MEMBERS {
                return Err(refuse(JsonFault::TooMany));
            }
            let value = map.next_value_seed(Value { depth: self.depth, fault: self.fault })?;
            (self.take)(&name, value);
            names.push(name);
        }
        Ok(())
    }
}

/// Reads any value, and checks what is inside it.
#[derive(Clone, Copy)]
struct Value<'c> {
    depth: usize,
    fault: &'c Cell<JsonFault>,
}

impl Value<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            self.fault.set(JsonFault::TooDeep);
            return Err(E::custom("refused"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'t> DeserializeSeed<'t> for Value<'_> {
    type Value = Member<'t>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Member<'t>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Value<'_> {
    type Value = Member<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Member<'t>, E> {
        Ok(Member::Other)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Member<'t>, E> {
        Ok(Member::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "a NumericDate is exact up to 2^53 seconds")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Member<'t>, E> {
        Ok(Member::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a NumericDate is exact up to 2^53 seconds")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Member<'t>, E> {
        Ok(Member::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Member<'t>, E> {
        Ok(Member::Number(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Member<'t>, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Member<'t>, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Member<'t>, A::Error> {
        let inside = self.inside()?;
        let mut texts = Some(Vec::new());
        while let Some(element) = seq.next_element_seed(inside)? {
            match (element, &mut texts) {
                (Member::Text(text), Some(texts)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Member::Other, Member::Texts))
    }

    fn visit_map<A: MapAccess<'t>>(self, map: A) -> Result<Member<'t>, A::Error> {
        let inside = self.inside()?;
        Object { depth: inside.depth, fault: self.fault, take: &mut |_, _| {} }.visit_map(map)?;
        Ok(Member::Other)
    }
}

/// Reads a string, borrowed where it has no escapes.
struct Text;

impl<'t> DeserializeSeed<'t> for Text {
    type Value = Cow<'t, str>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Cow<'t, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Text {
    type Value = Cow<'t, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<String>, JsonFault> {
        let mut seen = Vec::new();
        read(text, &mut |name, value| seen.push(format!("{name}={value:?}"))).map(|()| seen)
    }

    fn nested(depth: usize) -> String {
        format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn values_come_in_order_and_borrow_from_the_text() {
        assert_eq!(
            members(r#"{"s":"x","n":1.5,"b":true,"a":["x","y"],"m":["x",1],"o":{},"z":null}"#),
            Ok(["s=Text(\"x\")", "n=Number(1.5)", "b=Bool(true)", "a=Texts([\"x\", \"y\"])"]
                .into_iter()
                .chain(["m=Other", "o=Other", "z=Other"])
                .map(str::to_owned)
                .collect())
        );
    }

    #[test]
    fn r23_duplicate_member_names_are_refused_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"o":{"a":1,"a":2}}"#,
            r#"{"o":[{"a":1,"a":2}]}"#,
        ] {
            assert_eq!(members(text), Err(JsonFault::Duplicate), "{text}");
            assert!(members(&text.replacen("a\"", "b\"", 1)).is_ok(), "{text}");
        }
    }

    #[test]
    fn r22_what_is_not_one_object_is_refused() {
        for text in ["", "[]", "1", "\"{}\"", "{}{}", "{},", "\u{feff}{}", "{\"a\":1,}", "{'a':1}"]
        {
            assert_eq!(members(text), Err(JsonFault::Syntax), "{text}");
        }
        assert!(members(" {} ").is_ok());
    }

    #[test]
    fn r30_depth_and_number_of_members_are_bounded() {
        assert!(members(&nested(MAX_DEPTH - 1)).is_ok());
        assert_eq!(members(&nested(MAX_DEPTH)), Err(JsonFault::TooDeep));
        assert_eq!(members(&nested(20_000)), Err(JsonFault::TooDeep));
        let wide = |n: usize| {
            let all: Vec<_> = (0..n).map(|i| format!("\"{i}\":0")).collect();
            format!("{{{}}}", all.join(","))
        };
        assert!(members(&wide(MAX_MEMBERS)).is_ok());
        assert_eq!(members(&wide(MAX_MEMBERS + 1)), Err(JsonFault::TooMany));
    }
}

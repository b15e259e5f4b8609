//! Reads the arguments of an operation.

use crate::reply::{Failure, Outcome};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iggy::prelude::{Consumer, Identifier};
use serde_json::Value;
use std::str::FromStr;

#[derive(Clone, Copy)]
pub struct Arguments<'a>(pub &'a Value);

impl<'a> Arguments<'a> {
    /// An argument that may be absent.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Outcome<&'a str> {
        self.optional_text(name).ok_or_else(|| wrong(name))
    }

    pub fn optional_text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str)
    }

    pub fn number(&self, name: &str) -> Outcome<u32> {
        self.optional_number(name).ok_or_else(|| wrong(name))
    }

    pub fn optional_number(&self, name: &str) -> Option<u32> {
        self.get(name).and_then(Value::as_u64).map(|n| n as u32)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A number that travels as a decimal string.
    pub fn decimal<T: FromStr>(&self, name: &str) -> Outcome<T> {
        self.text(name)?.parse().map_err(|_| wrong(name))
    }

    pub fn identifier(&self, name: &str) -> Outcome<Identifier> {
        match self.get(name) {
            Some(Value::String(text)) => Ok(Identifier::named(text)?),
            Some(Value::Number(_)) => Ok(Identifier::numeric(self.number(name)?)?),
            _ => Err(wrong(name)),
        }
    }

    pub fn stream_and_topic(&self) -> Outcome<(Identifier, Identifier)> {
        Ok((self.identifier("stream")?, self.identifier("topic")?))
    }

    /// The consumer or the group that reads.
    pub fn reader(&self) -> Outcome<Consumer> {
        if self.get("group").is_some() {
            return Ok(Consumer::group(self.identifier("group")?));
        }
        match self.get("consumer") {
            Some(_) => Ok(Consumer::new(self.identifier("consumer")?)),
            None => Ok(Consumer::default()),
        }
    }

    pub fn list(&self, name: &str) -> Outcome<&'a Vec<Value>> {
        let found = self.get(name).and_then(Value::as_array);
        found.ok_or_else(|| wrong(name))
    }
}

pub fn wrong(name: &str) -> Failure {
    Failure::NotUnderstood(format!("the argument {name} is missing or of another kind"))
}

pub fn decoded(name: &str, text: &str) -> Outcome<Vec<u8>> {
    STANDARD.decode(text).map_err(|_| wrong(name))
}

pub fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

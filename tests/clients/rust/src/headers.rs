//! User headers of every kind.

use crate::arguments::{Arguments, decoded, encoded, wrong};
use crate::reply::Outcome;
use iggy::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Headers = BTreeMap<HeaderKey, HeaderValue>;

pub fn from_json(list: &Value) -> Outcome<Headers> {
    let entries = list.as_array().ok_or_else(|| wrong("headers"))?;
    let header = |entry| {
        let entry = Arguments(entry);
        Ok((HeaderKey::try_from(entry.text("key")?)?, value(entry)?))
    };
    entries.iter().map(header).collect()
}

fn value(entry: Arguments) -> Outcome<HeaderValue> {
    Ok(match entry.text("kind")? {
        "raw" => HeaderValue::try_from(decoded("value", entry.text("value")?)?)?,
        "string" => HeaderValue::try_from(entry.text("value")?)?,
        "bool" => entry.flag("value").into(),
        "int8" => entry.decimal::<i8>("value")?.into(),
        "int16" => entry.decimal::<i16>("value")?.into(),
        "int32" => entry.decimal::<i32>("value")?.into(),
        "int64" => entry.decimal::<i64>("value")?.into(),
        "int128" => entry.decimal::<i128>("value")?.into(),
        "uint8" => entry.decimal::<u8>("value")?.into(),
        "uint16" => entry.decimal::<u16>("value")?.into(),
        "uint32" => entry.decimal::<u32>("value")?.into(),
        "uint64" => entry.decimal::<u64>("value")?.into(),
        "uint128" => entry.decimal::<u128>("value")?.into(),
        "float32" => entry.decimal::<f32>("value")?.into(),
        "float64" => entry.decimal::<f64>("value")?.into(),
        _ => return Err(wrong("kind")),
    })
}

pub fn to_json(headers: Option<Headers>) -> Outcome<Value> {
    let headers = headers.unwrap_or_default();
    let shown = |(key, value): (&HeaderKey, &HeaderValue)| {
        let kind = value.kind().to_string();
        let shown = match value.kind() {
            HeaderKind::Raw => json!(encoded(value.as_raw()?)),
            HeaderKind::Bool => json!(value.as_bool()?),
            _ => json!(value.to_string_value()),
        };
        Ok(json!({"key": key.as_str()?, "kind": kind, "value": shown}))
    };
    headers.iter().map(shown).collect()
}

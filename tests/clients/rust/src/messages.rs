//! Sending and polling.

use crate::arguments::{Arguments, decoded, encoded, wrong};
use crate::headers;
use crate::reply::{Outcome, unknown};
use iggy::prelude::*;
use serde_json::{Value, json};

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    match operation {
        "message.send" => send(client, arguments).await,
        "message.poll" => poll(client, arguments).await,
        "message.flush" => {
            let (stream, topic) = arguments.stream_and_topic()?;
            let partition = arguments.number("partition")?;
            client
                .flush_unsaved_buffer(&stream, &topic, partition, arguments.flag("fsync"))
                .await?;
            Ok(Value::Null)
        }
        _ => unknown(operation),
    }
}

async fn send(client: &IggyClient, arguments: Arguments<'_>) -> Outcome<Value> {
    let (stream, topic) = arguments.stream_and_topic()?;
    let target = partitioning(arguments)?;
    let given = arguments.list("messages")?;
    let mut messages = given.iter().map(message).collect::<Outcome<Vec<_>>>()?;
    client
        .send_messages(&stream, &topic, &target, &mut messages)
        .await?;
    Ok(Value::Null)
}

fn partitioning(arguments: Arguments) -> Outcome<Partitioning> {
    let target = arguments.get("to").ok_or_else(|| wrong("to"))?;
    if target == "balanced" {
        return Ok(Partitioning::balanced());
    }
    let target = Arguments(target);
    match target.optional_text("key") {
        Some(key) => Ok(Partitioning::messages_key(&decoded("key", key)?)?),
        None => Ok(Partitioning::partition_id(target.number("partition")?)),
    }
}

fn message(given: &Value) -> Outcome<IggyMessage> {
    let given = Arguments(given);
    let id = given.get("id").map(|_| given.decimal::<u128>("id"));
    let payload = decoded("payload", given.text("payload")?)?.into();
    let headers = given.get("headers").map(headers::from_json).transpose()?;
    let message = IggyMessage::builder()
        .maybe_id(id.transpose()?)
        .payload(payload)
        .maybe_user_headers(headers);
    Ok(message.build()?)
}

async fn poll(client: &IggyClient, arguments: Arguments<'_>) -> Outcome<Value> {
    let (stream, topic) = arguments.stream_and_topic()?;
    let polled = client
        .poll_messages(
            &stream,
            &topic,
            arguments.optional_number("partition"),
            &arguments.reader()?,
            &strategy(arguments)?,
            arguments.number("count")?,
            arguments.flag("autoCommit"),
        )
        .await?;
    let messages = polled
        .messages
        .iter()
        .map(shown)
        .collect::<Outcome<Vec<_>>>()?;
    Ok(json!({
        "partition": polled.partition_id,
        "currentOffset": polled.current_offset.to_string(),
        "messages": messages,
    }))
}

fn strategy(arguments: Arguments) -> Outcome<PollingStrategy> {
    let start = arguments.get("from").ok_or_else(|| wrong("from"))?;
    match start.as_str() {
        Some("first") => return Ok(PollingStrategy::first()),
        Some("last") => return Ok(PollingStrategy::last()),
        Some("next") => return Ok(PollingStrategy::next()),
        _ => {}
    }
    let start = Arguments(start);
    if start.get("offset").is_some() {
        return Ok(PollingStrategy::offset(start.decimal("offset")?));
    }
    let micros = start.decimal::<u64>("timestamp")?;
    Ok(PollingStrategy::timestamp(micros.into()))
}

fn shown(message: &IggyMessage) -> Outcome<Value> {
    let header = &message.header;
    Ok(json!({
        "offset": header.offset.to_string(),
        "id": header.id.to_string(),
        "timestamp": header.timestamp.to_string(),
        "originTimestamp": header.origin_timestamp.to_string(),
        "checksum": header.checksum.to_string(),
        "payload": encoded(&message.payload),
        "headers": headers::to_json(message.user_headers_map()?)?,
    }))
}

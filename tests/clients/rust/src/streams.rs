//! Streams.

use crate::arguments::Arguments;
use crate::reply::{Outcome, unknown};
use crate::topics;
use iggy::prelude::*;
use serde_json::{Value, json};

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    match operation {
        "stream.create" => {
            let created = client.create_stream(arguments.text("name")?).await?;
            return Ok(details(&created));
        }
        "stream.list" => return Ok(client.get_streams().await?.iter().map(listed).collect()),
        _ => {}
    }
    let stream = arguments.identifier("stream")?;
    match operation {
        "stream.get" => {
            let found = client.get_stream(&stream).await?;
            return Ok(found.as_ref().map_or(Value::Null, details));
        }
        "stream.update" => {
            client
                .update_stream(&stream, arguments.text("name")?)
                .await?
        }
        "stream.purge" => client.purge_stream(&stream).await?,
        "stream.delete" => client.delete_stream(&stream).await?,
        _ => return unknown(operation),
    }
    Ok(Value::Null)
}

fn listed(stream: &Stream) -> Value {
    json!({
        "id": stream.id,
        "name": stream.name,
        "createdAt": stream.created_at.as_micros().to_string(),
        "topicsCount": stream.topics_count,
        "sizeBytes": stream.size.as_bytes_u64().to_string(),
        "messagesCount": stream.messages_count.to_string(),
    })
}

fn details(stream: &StreamDetails) -> Value {
    let shown: Value = stream.topics.iter().map(topics::listed).collect();
    json!({
        "id": stream.id,
        "name": stream.name,
        "createdAt": stream.created_at.as_micros().to_string(),
        "topicsCount": stream.topics_count,
        "sizeBytes": stream.size.as_bytes_u64().to_string(),
        "messagesCount": stream.messages_count.to_string(),
        "topics": shown,
    })
}

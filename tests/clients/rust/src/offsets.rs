//! Stored offsets.

use crate::arguments::Arguments;
use crate::reply::{Outcome, unknown};
use iggy::prelude::*;
use serde_json::{Value, json};

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    let (stream, topic) = arguments.stream_and_topic()?;
    let reader = arguments.reader()?;
    let partition = arguments.optional_number("partition");
    match operation {
        "offset.get" => {
            let found = client
                .get_consumer_offset(&reader, &stream, &topic, partition)
                .await?;
            let shown = found.map(|found| {
                json!({
                    "partition": found.partition_id,
                    "currentOffset": found.current_offset.to_string(),
                    "storedOffset": found.stored_offset.to_string(),
                })
            });
            return Ok(json!(shown));
        }
        "offset.store" => {
            let offset = arguments.decimal("offset")?;
            client
                .store_consumer_offset(&reader, &stream, &topic, partition, offset)
                .await?
        }
        "offset.delete" => {
            client
                .delete_consumer_offset(&reader, &stream, &topic, partition)
                .await?
        }
        _ => return unknown(operation),
    }
    Ok(Value::Null)
}

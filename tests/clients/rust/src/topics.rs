//! Topics, their partitions and segments.

use crate::arguments::{Arguments, wrong};
use crate::reply::{Outcome, unknown};
use iggy::prelude::*;
use serde_json::{Value, json};

pub async fn perform(
    client: &IggyClient,
    operation: &str,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    let stream = arguments.identifier("stream")?;
    match operation {
        "topic.create" => return create(client, &stream, arguments).await,
        "topic.list" => {
            let found = client.get_topics(&stream).await?;
            return Ok(found.iter().map(listed).collect());
        }
        _ => {}
    }
    let topic = arguments.identifier("topic")?;
    let count = || arguments.number("count");
    match operation {
        "topic.get" => {
            let found = client.get_topic(&stream, &topic).await?;
            return Ok(found.as_ref().map_or(Value::Null, details));
        }
        "topic.update" => update(client, (&stream, &topic), arguments).await?,
        "topic.purge" => client.purge_topic(&stream, &topic).await?,
        "topic.delete" => client.delete_topic(&stream, &topic).await?,
        "partition.create" => client.create_partitions(&stream, &topic, count()?).await?,
        "partition.delete" => client.delete_partitions(&stream, &topic, count()?).await?,
        "segment.delete" => {
            let partition = arguments.number("partition")?;
            client
                .delete_segments(&stream, &topic, partition, count()?)
                .await?
        }
        _ => return unknown(operation),
    }
    Ok(Value::Null)
}

async fn create(
    client: &IggyClient,
    stream: &Identifier,
    arguments: Arguments<'_>,
) -> Outcome<Value> {
    let (name, partitions) = (arguments.text("name")?, arguments.number("partitions")?);
    let replication = arguments.optional_number("replicationFactor");
    let created = client
        .create_topic(
            stream,
            name,
            partitions,
            compression(arguments)?,
            replication.map(|factor| factor as u8),
            expiry(arguments)?,
            size_limit(arguments)?,
        )
        .await?;
    Ok(details(&created))
}

async fn update(
    client: &IggyClient,
    (stream, topic): (&Identifier, &Identifier),
    arguments: Arguments<'_>,
) -> Outcome<()> {
    let replication = arguments.optional_number("replicationFactor");
    let updated = client
        .update_topic(
            stream,
            topic,
            arguments.text("name")?,
            compression(arguments)?,
            replication.map(|factor| factor as u8),
            expiry(arguments)?,
            size_limit(arguments)?,
        )
        .await;
    Ok(updated?)
}

fn compression(arguments: Arguments) -> Outcome<CompressionAlgorithm> {
    match arguments.optional_text("compression") {
        None | Some("none") => Ok(CompressionAlgorithm::None),
        Some("gzip") => Ok(CompressionAlgorithm::Gzip),
        _ => Err(wrong("compression")),
    }
}

fn expiry(arguments: Arguments) -> Outcome<IggyExpiry> {
    match arguments.optional_text("expiryMicros") {
        None => Ok(IggyExpiry::ServerDefault),
        Some("never") => Ok(IggyExpiry::NeverExpire),
        Some(_) => {
            let micros = arguments.decimal::<u64>("expiryMicros")?;
            Ok(IggyExpiry::ExpireDuration(micros.into()))
        }
    }
}

fn size_limit(arguments: Arguments) -> Outcome<MaxTopicSize> {
    match arguments.optional_text("maxSizeBytes") {
        None => Ok(MaxTopicSize::ServerDefault),
        Some("unlimited") => Ok(MaxTopicSize::Unlimited),
        Some(_) => {
            let bytes = arguments.decimal::<u64>("maxSizeBytes")?;
            Ok(MaxTopicSize::Custom(bytes.into()))
        }
    }
}

pub fn listed(topic: &Topic) -> Value {
    json!({
        "id": topic.id,
        "name": topic.name,
        "createdAt": topic.created_at.as_micros().to_string(),
        "partitionsCount": topic.partitions_count,
        "compression": topic.compression_algorithm.to_string(),
        "expiryMicros": shown_expiry(topic.message_expiry),
        "maxSizeBytes": shown_size_limit(topic.max_topic_size),
        "replicationFactor": topic.replication_factor,
        "sizeBytes": topic.size.as_bytes_u64().to_string(),
        "messagesCount": topic.messages_count.to_string(),
    })
}

fn details(topic: &TopicDetails) -> Value {
    let partitions: Value = topic.partitions.iter().map(shown_partition).collect();
    json!({
        "id": topic.id,
        "name": topic.name,
        "createdAt": topic.created_at.as_micros().to_string(),
        "partitionsCount": topic.partitions_count,
        "compression": topic.compression_algorithm.to_string(),
        "expiryMicros": shown_expiry(topic.message_expiry),
        "maxSizeBytes": shown_size_limit(topic.max_topic_size),
        "replicationFactor": topic.replication_factor,
        "sizeBytes": topic.size.as_bytes_u64().to_string(),
        "messagesCount": topic.messages_count.to_string(),
        "partitions": partitions,
    })
}

fn shown_partition(partition: &Partition) -> Value {
    json!({
        "id": partition.id,
        "createdAt": partition.created_at.as_micros().to_string(),
        "segmentsCount": partition.segments_count,
        "currentOffset": partition.current_offset.to_string(),
        "sizeBytes": partition.size.as_bytes_u64().to_string(),
        "messagesCount": partition.messages_count.to_string(),
    })
}

fn shown_expiry(expiry: IggyExpiry) -> String {
    match expiry {
        IggyExpiry::NeverExpire => "never".to_string(),
        other => u64::from(other).to_string(),
    }
}

fn shown_size_limit(limit: MaxTopicSize) -> String {
    match limit {
        MaxTopicSize::Unlimited => "unlimited".to_string(),
        other => other.as_bytes_u64().to_string(),
    }
}

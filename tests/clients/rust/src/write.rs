//! Creates the stream and its topics and fills them.

use crate::connection::name;
use crate::plan::*;
use iggy::prelude::*;
use std::collections::BTreeMap;

pub async fn write(client: &IggyClient, plan: Plan) -> Outcome<()> {
    let stream = during("create the stream", client.create_stream(STREAM).await)?;
    same("name of the created stream", stream.name.as_str(), STREAM)?;
    create_topic(client, EVENTS).await?;
    create_topic(client, MIXED).await?;
    for batch in 0..plan.batches() {
        let partition = (batch % u64::from(PARTITIONS)) as u32;
        let target = Partitioning::partition_id(partition);
        send(client, EVENTS, &target, plan.numbers(batch)).await?;
    }
    let balanced = BALANCED_FIRST..BALANCED_FIRST + BALANCED_COUNT;
    send(client, MIXED, &Partitioning::balanced(), balanced).await?;
    let keyed = KEYED_FIRST..KEYED_FIRST + KEYED_COUNT;
    let key = during("make the key", Partitioning::messages_key_str(KEY))?;
    send(client, MIXED, &key, keyed).await
}

async fn create_topic(client: &IggyClient, topic: &str) -> Outcome<()> {
    let created = client
        .create_topic(
            &name(STREAM),
            topic,
            PARTITIONS,
            CompressionAlgorithm::None,
            None,
            IggyExpiry::NeverExpire,
            MaxTopicSize::Unlimited,
        )
        .await;
    let details = during("create a topic", created)?;
    same("name of the created topic", details.name.as_str(), topic)?;
    same(
        "partitions of the created topic",
        details.partitions_count,
        PARTITIONS,
    )?;
    same(
        "expiry of the created topic",
        details.message_expiry,
        IggyExpiry::NeverExpire,
    )?;
    same(
        "size limit of the created topic",
        details.max_topic_size,
        MaxTopicSize::Unlimited,
    )
}

async fn send(
    client: &IggyClient,
    topic: &str,
    target: &Partitioning,
    numbers: std::ops::Range<u64>,
) -> Outcome<()> {
    let step = format!("send messages {numbers:?} to {topic}");
    let mut messages = numbers.map(message).collect::<Outcome<Vec<_>>>()?;
    let sent = client
        .send_messages(&name(STREAM), &name(topic), target, &mut messages)
        .await;
    during(&step, sent)
}

fn message(number: u64) -> Outcome<IggyMessage> {
    let text = payload(number).into();
    let built = if is_marked(number) {
        IggyMessage::builder()
            .id(u128::from(number) + 1)
            .payload(text)
            .user_headers(headers(number)?)
            .build()
    } else {
        IggyMessage::builder().payload(text).build()
    };
    during("build a message", built)
}

pub fn headers(number: u64) -> Outcome<BTreeMap<HeaderKey, HeaderValue>> {
    let origin = during("header key", HeaderKey::try_from("origin"))?;
    let rust = during("header value", HeaderValue::try_from("rust"))?;
    let key = during("header key", HeaderKey::try_from("number"))?;
    Ok(BTreeMap::from([
        (origin, rust),
        (key, HeaderValue::from(number as u32)),
    ]))
}

//! Reads the topic `mixed` as the only member of a consumer group.

use crate::connection::name;
use crate::plan::*;
use crate::verify::numbers;
use iggy::prelude::*;

/// Joins a group that has this one member, which must then get every message of all partitions.
pub async fn check_group(client: &IggyClient) -> Outcome<()> {
    let (stream, topic) = (name(STREAM), name(MIXED));
    let text = format!("group-{}", IggyTimestamp::now().as_micros());
    let group = name(&text);
    let created = client.create_consumer_group(&stream, &topic, &text).await;
    during("create a group", created)?;
    during(
        "join the group",
        client.join_consumer_group(&stream, &topic, &group).await,
    )?;
    let found = during(
        "get the group",
        client.get_consumer_group(&stream, &topic, &group).await,
    )?;
    let details = found.ok_or("get the group: it does not exist")?;
    same("members of the group", details.members_count, 1)?;
    same(
        "partitions of the member",
        details.members[0].partitions.len(),
        PARTITIONS as usize,
    )?;
    let mut received = read_group(client, &Consumer::group(group.clone())).await?;
    received.sort_unstable();
    let balanced = BALANCED_FIRST..BALANCED_FIRST + BALANCED_COUNT;
    let wanted = balanced.chain(KEYED_FIRST..KEYED_FIRST + KEYED_COUNT);
    same("messages the group received", received, wanted.collect())?;
    during(
        "leave the group",
        client.leave_consumer_group(&stream, &topic, &group).await,
    )?;
    during(
        "delete the group",
        client.delete_consumer_group(&stream, &topic, &group).await,
    )
}

async fn read_group(client: &IggyClient, consumer: &Consumer) -> Outcome<Vec<u64>> {
    let (stream, topic) = (name(STREAM), name(MIXED));
    let next = PollingStrategy::next();
    let mut received = Vec::new();
    // At worst one partition holds all 100: fifteen polls of it, and the partitions take turns.
    for _ in 0..60 {
        let polled = client
            .poll_messages(&stream, &topic, None, consumer, &next, 7, true)
            .await;
        received.extend(numbers(&during("poll as a group member", polled)?)?);
    }
    Ok(received)
}

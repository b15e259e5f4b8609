//! Reads back what `write` sent and checks every message, then samples of the other requests.

use crate::connection::name;
use crate::plan::*;
use crate::write::headers;
use iggy::prelude::*;

/// A page size that is no divisor of the batch size, so that pages cut batches in the middle.
const PAGE: u32 = 997;
/// What the previous run left behind for the consumer `keeper`.
const KEPT_OFFSET: u64 = 41;

pub async fn verify(client: &IggyClient, plan: Plan, first_time: bool) -> Outcome<()> {
    check_counters(client, plan).await?;
    check_kept_offset(client, first_time).await?;
    for partition in 0..PARTITIONS {
        let wanted = plan.numbers_of_partition(partition);
        let timestamps = check_partition(client, partition, &wanted).await?;
        check_strategies(client, partition, &timestamps).await?;
        check_offsets(client, partition, wanted.len() as u64).await?;
    }
    check_mixed(client).await
}

async fn check_counters(client: &IggyClient, plan: Plan) -> Outcome<()> {
    let found = during("get the stream", client.get_stream(&name(STREAM)).await)?;
    let stream = found.ok_or("get the stream: it does not exist")?;
    let total = plan.count + BALANCED_COUNT + KEYED_COUNT;
    same("topics of the stream", stream.topics_count, 2)?;
    same("messages of the stream", stream.messages_count, total)?;
    let found = during(
        "get the topic",
        client.get_topic(&name(STREAM), &name(EVENTS)).await,
    )?;
    let topic = found.ok_or("get the topic: it does not exist")?;
    same("messages of the topic", topic.messages_count, plan.count)?;
    same(
        "partitions of the topic",
        topic.partitions.len(),
        PARTITIONS as usize,
    )?;
    for partition in &topic.partitions {
        let wanted = plan.numbers_of_partition(partition.id).len() as u64;
        same("messages of a partition", partition.messages_count, wanted)?;
        same(
            "newest offset of a partition",
            partition.current_offset,
            wanted.saturating_sub(1),
        )?;
    }
    Ok(())
}

/// A stored offset must outlive the broker's process, however that ended.
async fn check_kept_offset(client: &IggyClient, first_time: bool) -> Outcome<()> {
    let keeper = Consumer::new(name("keeper"));
    let stored = stored_offset(client, &keeper, 0).await?;
    let wanted = if first_time { None } else { Some(KEPT_OFFSET) };
    same("offset that an earlier run stored", stored, wanted)?;
    store_offset(client, &keeper, 0, KEPT_OFFSET).await
}

/// Reads a partition from its start to its end; answers the timestamps.
async fn check_partition(client: &IggyClient, partition: u32, wanted: &[u64]) -> Outcome<Vec<u64>> {
    let mut timestamps: Vec<u64> = Vec::with_capacity(wanted.len());
    loop {
        let next = timestamps.len();
        let strategy = PollingStrategy::offset(next as u64);
        let polled = poll(client, EVENTS, Some(partition), &strategy, PAGE).await?;
        same("partition of the answer", polled.partition_id, partition)?;
        if polled.messages.is_empty() {
            break;
        }
        for (message, number) in polled.messages.iter().zip(wanted[next..].iter()) {
            check_message(message, timestamps.len() as u64, *number)?;
            timestamps.push(message.header.timestamp);
        }
        same(
            "messages up to here",
            timestamps.len(),
            next + polled.messages.len(),
        )?;
    }
    same(
        "messages read from the partition",
        timestamps.len(),
        wanted.len(),
    )?;
    same("timestamps never go back", timestamps.is_sorted(), true)?;
    Ok(timestamps)
}

fn check_message(message: &IggyMessage, offset: u64, number: u64) -> Outcome<()> {
    same("offset of a message", message.header.offset, offset)?;
    let text = during("payload of a message", message.payload_as_string())?;
    same("payload of a message", text, payload(number))?;
    let marked = is_marked(number) && number < BALANCED_FIRST;
    let wanted = if marked { Some(headers(number)?) } else { None };
    let found = during("user headers of a message", message.user_headers_map())?;
    same("user headers of a message", found, wanted)?;
    if marked {
        return same("id of a message", message.header.id, u128::from(number) + 1);
    }
    same("the broker made an id", message.header.id != 0, true)
}

async fn check_strategies(client: &IggyClient, partition: u32, stamps: &[u64]) -> Outcome<()> {
    let total = stamps.len() as u64;
    let sample = total.min(5);
    check_range(client, partition, PollingStrategy::first(), 5, 0..sample).await?;
    check_range(
        client,
        partition,
        PollingStrategy::last(),
        5,
        total - sample..total,
    )
    .await?;
    let Some(&stamp) = stamps.get(stamps.len() / 2) else {
        return Ok(());
    };
    let from = stamps.partition_point(|&earlier| earlier < stamp) as u64;
    let strategy = PollingStrategy::timestamp(IggyTimestamp::from(stamp));
    check_range(client, partition, strategy, 5, from..(from + 5).min(total)).await?;
    let late = PollingStrategy::timestamp(IggyTimestamp::from(stamps[stamps.len() - 1] + 1));
    check_range(client, partition, late, 5, 0..0).await?;
    check_range(
        client,
        partition,
        PollingStrategy::offset(total + 5),
        5,
        0..0,
    )
    .await
}

async fn check_range(
    client: &IggyClient,
    partition: u32,
    strategy: PollingStrategy,
    count: u32,
    wanted: std::ops::Range<u64>,
) -> Outcome<()> {
    let polled = poll(client, EVENTS, Some(partition), &strategy, count).await?;
    let what = format!("offsets polled with {strategy} from partition {partition}");
    same(&what, offsets(&polled), wanted.collect())
}

/// Stores, reads and deletes offsets of a consumer with a number instead of a name.
async fn check_offsets(client: &IggyClient, partition: u32, total: u64) -> Outcome<()> {
    if total < 30 {
        return Ok(());
    }
    let consumer = Consumer::new(Identifier::numeric(7).expect("a number"));
    same(
        "no offset stored yet",
        stored_offset(client, &consumer, partition).await?,
        None,
    )?;
    store_offset(client, &consumer, partition, 9).await?;
    same(
        "stored offset",
        stored_offset(client, &consumer, partition).await?,
        Some(9),
    )?;
    let expected: Vec<u64> = (10..20).collect();
    for auto_commit in [false, true] {
        let polled = poll_next(client, &consumer, partition, auto_commit).await?;
        same(
            "next messages after the stored offset",
            offsets(&polled),
            expected.clone(),
        )?;
    }
    let committed = stored_offset(client, &consumer, partition).await?;
    same("offset stored by the poll", committed, Some(19))?;
    let polled = poll_next(client, &consumer, partition, false).await?;
    same(
        "next messages after the commit",
        offsets(&polled),
        (20..30).collect(),
    )?;
    let (stream, topic) = (name(STREAM), name(EVENTS));
    let deleted = client
        .delete_consumer_offset(&consumer, &stream, &topic, Some(partition))
        .await;
    during("delete an offset", deleted)?;
    same(
        "no offset after the delete",
        stored_offset(client, &consumer, partition).await?,
        None,
    )
}

async fn poll_next(
    client: &IggyClient,
    consumer: &Consumer,
    partition: u32,
    auto_commit: bool,
) -> Outcome<PolledMessages> {
    let (stream, topic) = (name(STREAM), name(EVENTS));
    let next = PollingStrategy::next();
    let polled = client
        .poll_messages(
            &stream,
            &topic,
            Some(partition),
            consumer,
            &next,
            10,
            auto_commit,
        )
        .await;
    during("poll the next messages", polled)
}

async fn check_mixed(client: &IggyClient) -> Outcome<()> {
    let mut balanced_sizes = Vec::new();
    for partition in 0..PARTITIONS {
        let strategy = PollingStrategy::offset(0);
        let polled = poll(client, MIXED, Some(partition), &strategy, 1000).await?;
        let (keyed, balanced): (Vec<u64>, Vec<u64>) = numbers(&polled)?
            .into_iter()
            .partition(|&number| number >= KEYED_FIRST);
        let keyed_here = if partition == KEYED_PARTITION {
            KEYED_COUNT
        } else {
            0
        };
        let wanted: Vec<u64> = (KEYED_FIRST..KEYED_FIRST + keyed_here).collect();
        same("messages sent by key", keyed, wanted)?;
        if !balanced.is_empty() {
            let wanted = BALANCED_FIRST..BALANCED_FIRST + BALANCED_COUNT;
            same("messages sent balanced", balanced, wanted.collect())?;
            balanced_sizes.push(BALANCED_COUNT);
        }
    }
    same(
        "partitions that got the balanced batch",
        balanced_sizes.len(),
        1,
    )
}

async fn poll(
    client: &IggyClient,
    topic: &str,
    partition: Option<u32>,
    strategy: &PollingStrategy,
    count: u32,
) -> Outcome<PolledMessages> {
    let (stream, topic) = (name(STREAM), name(topic));
    let consumer = Consumer::new(name("reader"));
    let polled = client
        .poll_messages(
            &stream, &topic, partition, &consumer, strategy, count, false,
        )
        .await;
    let polled = during(&format!("poll with {strategy}"), polled)?;
    same(
        "count of the answer",
        polled.count as usize,
        polled.messages.len(),
    )?;
    Ok(polled)
}

async fn store_offset(
    client: &IggyClient,
    consumer: &Consumer,
    partition: u32,
    offset: u64,
) -> Outcome<()> {
    let (stream, topic) = (name(STREAM), name(EVENTS));
    let stored = client
        .store_consumer_offset(consumer, &stream, &topic, Some(partition), offset)
        .await;
    during("store an offset", stored)
}

async fn stored_offset(
    client: &IggyClient,
    consumer: &Consumer,
    partition: u32,
) -> Outcome<Option<u64>> {
    let (stream, topic) = (name(STREAM), name(EVENTS));
    let found = client
        .get_consumer_offset(consumer, &stream, &topic, Some(partition))
        .await;
    Ok(during("get an offset", found)?.map(|info| info.stored_offset))
}

fn offsets(polled: &PolledMessages) -> Vec<u64> {
    polled
        .messages
        .iter()
        .map(|message| message.header.offset)
        .collect()
}

/// The numbers at the start of the payloads.
pub fn numbers(polled: &PolledMessages) -> Outcome<Vec<u64>> {
    let number = |message: &IggyMessage| {
        let text = during("payload of a message", message.payload_as_string())?;
        let number = during("number of a message", text[..10].parse::<u64>())?;
        same("payload of a message", text, payload(number))?;
        Ok(number)
    };
    polled.messages.iter().map(number).collect()
}

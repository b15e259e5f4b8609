//! Provokes errors and checks that the client recognises each one.

use crate::connection::{connect, name};
use crate::plan::*;
use iggy::prelude::*;

pub async fn errors(address: &str) -> Outcome<()> {
    let client = connect(address).await?;
    let refused = client.login_user("iggy", "wrong-password").await;
    fails("log in with a wrong password", refused, 42)?;
    // The connection must still be usable after a refused login.
    during("log in", client.login_user("iggy", "iggy").await)?;
    check_conflicts(&client).await?;
    check_missing(&client).await?;
    check_offset_beyond_end(&client).await
}

async fn check_conflicts(client: &IggyClient) -> Outcome<()> {
    fails(
        "create an existing stream",
        client.create_stream(STREAM).await,
        1012,
    )?;
    let (compression, size) = (CompressionAlgorithm::None, MaxTopicSize::Unlimited);
    let expiry = IggyExpiry::NeverExpire;
    let created = client
        .create_topic(&name(STREAM), EVENTS, 1, compression, None, expiry, size)
        .await;
    fails("create an existing topic", created, 2013)
}

async fn check_missing(client: &IggyClient) -> Outcome<()> {
    let missing = name("missing");
    let reader = Consumer::new(name("reader"));
    let first = PollingStrategy::first();
    let (stream, topic) = (name(STREAM), name(EVENTS));
    let polled = client
        .poll_messages(&missing, &topic, Some(0), &reader, &first, 1, false)
        .await;
    fails("poll a missing stream", polled, 1009)?;
    let polled = client
        .poll_messages(&stream, &missing, Some(0), &reader, &first, 1, false)
        .await;
    fails("poll a missing topic", polled, 2010)?;
    let polled = client
        .poll_messages(&stream, &topic, Some(PARTITIONS), &reader, &first, 1, false)
        .await;
    fails("poll a missing partition", polled, 3007)?;
    let found = during("get a missing stream", client.get_stream(&missing).await)?;
    same("a missing stream is found", found.is_some(), false)?;
    let found = during(
        "get a missing topic",
        client.get_topic(&stream, &missing).await,
    )?;
    same("a missing topic is found", found.is_some(), false)
}

async fn check_offset_beyond_end(client: &IggyClient) -> Outcome<()> {
    let reader = Consumer::new(name("reader"));
    let (stream, topic) = (name(STREAM), name(EVENTS));
    let stored = client
        .store_consumer_offset(&reader, &stream, &topic, Some(0), 999_999_999)
        .await;
    fails("store an offset beyond the end", stored, 4100)
}

fn fails<T>(what: &str, result: Result<T, IggyError>, code: u32) -> Outcome<()> {
    match result {
        Ok(_) => Err(format!("{what}: succeeded, wanted error {code}")),
        Err(error) => same(&format!("{what}: {error}"), error.as_code(), code),
    }
}

"""Reads the topic `mixed` as the only member of a consumer group."""

import asyncio
import time

from apache_iggy import AutoCommit, AutoCommitWhen, IggyClient, IggyConsumer, PollingStrategy
from plan import MIXED, MIXED_BATCHES, STREAM, same

WAIT_SECONDS = 30


async def check_group(client: IggyClient) -> None:
    """A group with this one member must get every message of all partitions."""
    consumer = await client.consumer_group(
        f"group-{time.time_ns()}",
        STREAM,
        MIXED,
        polling_strategy=PollingStrategy.Next(),
        batch_length=7,
        auto_commit=AutoCommit.When(AutoCommitWhen.PollingMessages()),
        # Otherwise the client keeps a smaller offset to itself.
        allow_replay=True,
    )
    wanted = [number for numbers in MIXED_BATCHES.values() for number in numbers]
    received = await asyncio.wait_for(read_group(consumer, len(wanted)), WAIT_SECONDS)
    same("messages the group received", sorted(received), wanted)
    for partition, numbers in MIXED_BATCHES.items():
        last = consumer.get_last_consumed_offset(partition)
        same("offset the group consumed last", last, len(numbers) - 1)
        await consumer.store_offset(3, partition)
        same("offset the group stored", consumer.get_last_stored_offset(partition), 3)
        await consumer.delete_offset(partition)


async def read_group(consumer: IggyConsumer, count: int) -> list[int]:
    received: list[int] = []
    async for message in consumer.iter_messages():
        received.append(int(message.payload()[:10]))
        if len(received) == count:
            break
    return received

"""Reads back what `write` sent and checks every message, then samples of the other requests."""

from apache_iggy import IggyClient, PollingStrategy, ReceiveMessage
from plan import EVENTS, MIXED, MIXED_BATCHES, PARTITIONS, STREAM, Failure, Plan, payload, same

# A page size that is no divisor of the batch size, so that pages cut batches in the middle.
PAGE = 997


async def verify(client: IggyClient, plan: Plan, first_time: bool) -> None:
    await check_counters(client, plan)
    for partition in range(PARTITIONS):
        wanted = plan.numbers_of_partition(partition)
        timestamps = await check_partition(client, partition, wanted)
        await check_strategies(client, partition, timestamps)
        await check_commits(client, partition, len(wanted), first_time)
    await check_mixed(client)


async def check_counters(client: IggyClient, plan: Plan) -> None:
    stream = await client.get_stream(STREAM)
    topic = await client.get_topic(STREAM, EVENTS)
    if stream is None or topic is None:
        raise Failure("get the stream and the topic: one does not exist")
    mixed = sum(len(numbers) for numbers in MIXED_BATCHES.values())
    same("name of the stream", stream.name, STREAM)
    same("topics of the stream", stream.topics_count, 2)
    same("messages of the stream", stream.messages_count, plan.count + mixed)
    same("messages of the topic", topic.messages_count, plan.count)
    same("partitions of the topic", topic.partitions_count, PARTITIONS)


async def check_partition(client: IggyClient, partition: int, wanted: list[int]) -> list[int]:
    """Reads a partition from its start to its end; answers the timestamps."""
    timestamps: list[int] = []
    while messages := await poll(client, partition, PollingStrategy.Offset(len(timestamps)), PAGE):
        for message in messages:
            check_message(message, len(timestamps), wanted)
            timestamps.append(message.timestamp())
    same("messages read from the partition", len(timestamps), len(wanted))
    same("timestamps never go back", timestamps == sorted(timestamps), True)
    return timestamps


def check_message(message: ReceiveMessage, offset: int, wanted: list[int]) -> None:
    if offset >= len(wanted):
        raise Failure(f"one message too many, at offset {message.offset()}")
    same("offset of a message", message.offset(), offset)
    same("payload of a message", message.payload(), payload(wanted[offset]))
    same("length of a message", message.length(), 100)
    same("the broker made an id", message.id() != 0, True)


async def check_strategies(client: IggyClient, partition: int, timestamps: list[int]) -> None:
    total = len(timestamps)
    sample = min(5, total)
    await check_range(client, partition, PollingStrategy.First(), range(sample))
    await check_range(client, partition, PollingStrategy.Last(), range(total - sample, total))
    await check_range(client, partition, PollingStrategy.Offset(total + 5), range(0))
    if total == 0:
        return
    stamp = timestamps[total // 2]
    start = timestamps.index(stamp)
    wanted = range(start, min(start + 5, total))
    await check_range(client, partition, PollingStrategy.Timestamp(stamp), wanted)
    late = PollingStrategy.Timestamp(timestamps[-1] + 1)
    await check_range(client, partition, late, range(0))


async def check_range(
    client: IggyClient, partition: int, strategy: PollingStrategy, wanted: range
) -> None:
    messages = await poll(client, partition, strategy, 5)
    what = f"offsets polled with {type(strategy).__name__} from partition {partition}"
    same(what, offsets(messages), list(wanted))


async def check_commits(
    client: IggyClient, partition: int, total: int, first_time: bool
) -> None:
    """This client always is the consumer with number 0; it stores offsets only by auto-commit."""
    if total < 30:
        return
    following = PollingStrategy.Next()
    # What the previous run committed must outlive the broker's process, however that ended.
    start = 0 if first_time else 20
    what = "next messages after an earlier run"
    same(what, offsets(await poll(client, partition, following, 5)), list(range(start, start + 5)))
    await poll(client, partition, PollingStrategy.First(), 10, auto_commit=True)
    for auto_commit in (False, True):
        messages = await poll(client, partition, following, 10, auto_commit)
        same("next messages after the stored offset", offsets(messages), list(range(10, 20)))
    messages = await poll(client, partition, following, 10)
    same("next messages after the commit", offsets(messages), list(range(20, 30)))


async def check_mixed(client: IggyClient) -> None:
    for partition in range(PARTITIONS):
        messages = await client.poll_messages(
            STREAM, MIXED, partition, PollingStrategy.Offset(0), 1000, False
        )
        wanted = [payload(number) for number in MIXED_BATCHES.get(partition, [])]
        same("messages of the second topic", [message.payload() for message in messages], wanted)


async def poll(
    client: IggyClient,
    partition: int,
    strategy: PollingStrategy,
    count: int,
    auto_commit: bool = False,
) -> list[ReceiveMessage]:
    return await client.poll_messages(STREAM, EVENTS, partition, strategy, count, auto_commit)


def offsets(messages: list[ReceiveMessage]) -> list[int]:
    return [message.offset() for message in messages]

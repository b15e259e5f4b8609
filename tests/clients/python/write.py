"""Creates the stream and its topics and fills them."""

from apache_iggy import IggyClient, SendMessage
from plan import EVENTS, MIXED, MIXED_BATCHES, PARTITIONS, STREAM, Plan, payload

UNLIMITED = 2**64 - 1


async def write(client: IggyClient, plan: Plan) -> None:
    await client.create_stream(STREAM)
    # An expiry cannot be "never" here; the default of the broker is.
    await client.create_topic(STREAM, EVENTS, PARTITIONS, max_topic_size=UNLIMITED)
    await client.create_topic(STREAM, MIXED, PARTITIONS, "none", 1, None, UNLIMITED)
    for index, numbers in enumerate(plan.batches()):
        await send(client, EVENTS, index % PARTITIONS, numbers)
    for partition, numbers in MIXED_BATCHES.items():
        await send(client, MIXED, partition, numbers)


async def send(client: IggyClient, topic: str, partition: int, numbers: range) -> None:
    messages = [SendMessage(payload(number)) for number in numbers]
    await client.send_messages(STREAM, topic, partition, messages)

"""Provokes errors and checks that the client recognises each one."""

from collections.abc import Awaitable

from apache_iggy import IggyClient, PollingStrategy
from plan import EVENTS, PARTITIONS, STREAM, Failure, same


async def errors(address: str) -> None:
    client = IggyClient(address)
    await client.connect()
    wrong = client.login_user("iggy", "wrong-password")
    await fails("log in with a wrong password", wrong, "InvalidCredentials")
    # The connection must still be usable after a refused login.
    await client.login_user("iggy", "iggy")
    stream = client.create_stream(STREAM)
    await fails("create an existing stream", stream, "StreamNameAlreadyExists")
    topic = client.create_topic(STREAM, EVENTS, 1)
    await fails("create an existing topic", topic, "TopicNameAlreadyExists")
    await check_missing(client)


async def check_missing(client: IggyClient) -> None:
    first = PollingStrategy.First()
    polled = client.poll_messages("missing", EVENTS, 0, first, 1, False)
    await fails("poll a missing stream", polled, "StreamIdNotFound")
    polled = client.poll_messages(STREAM, "missing", 0, first, 1, False)
    await fails("poll a missing topic", polled, "TopicIdNotFound")
    polled = client.poll_messages(STREAM, EVENTS, PARTITIONS, first, 1, False)
    await fails("poll a missing partition", polled, "PartitionNotFound")
    same("a missing stream", await client.get_stream("missing"), None)
    same("a missing topic", await client.get_topic(STREAM, "missing"), None)


async def fails(what: str, request: Awaitable[object], name: str) -> None:
    """The client reports every error as a RuntimeError whose text starts with the error's name."""
    try:
        await request
    except RuntimeError as error:
        same(what, str(error).split("(")[0], name)
        return
    raise Failure(f"{what}: succeeded, wanted {name}")

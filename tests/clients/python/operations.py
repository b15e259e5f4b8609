"""The operations of the driver that the client offers."""

import datetime
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Any

from apache_iggy import IggyClient, PollingStrategy, ReceiveMessage, SendMessage
from group_reader import GroupReader
from reply import NotOffered

Arguments = dict[str, Any]

UNLIMITED = 2**64 - 1
# By default the client tries for ever, and a broker that is gone would look like a hanging one.
RETRIES = 20

clients: dict[str, IggyClient] = {}
# The consumers of groups by the client and the name of the group.
readers: dict[tuple[str, str], GroupReader] = {}


async def perform(client: str, operation: str, arguments: Arguments) -> object:
    if operation not in OPERATIONS:
        raise NotOffered("this client has no such call")
    return await OPERATIONS[operation](client, arguments)


async def open_client(name: str, arguments: Arguments) -> None:
    client = make_client(arguments)
    await client.connect()
    clients[name] = client


def make_client(arguments: Arguments) -> IggyClient:
    transport, address, tls = arguments["transport"], arguments["address"], arguments.get("tls")
    if "username" not in arguments:
        if transport != "tcp" or tls is not None:
            raise NotOffered("this client has other transports and TLS only with a login")
        return IggyClient(address)
    scheme = "iggy" if transport == "tcp" else f"iggy+{transport}"
    login = f"{arguments['username']}:{arguments['password']}"
    options = [] if transport == "http" else [f"reconnection_retries={RETRIES}"]
    if tls is not None:
        options += tls_options(tls)
    text = f"{scheme}://{login}@{address}{'?' if options else ''}{'&'.join(options)}"
    return IggyClient.from_connection_string(text)


def tls_options(tls: Arguments) -> list[str]:
    if "caFile" not in tls:
        raise NotOffered("this client cannot switch off the check of certificates")
    domain = tls.get("domain", "localhost")
    return ["tls=true", f"tls_domain={domain}", f"tls_ca_file={tls['caFile']}"]


async def close_client(name: str, arguments: Arguments) -> None:
    del name, arguments
    raise NotOffered("this client cannot be closed")


async def ping(name: str, arguments: Arguments) -> None:
    del arguments
    await clients[name].ping()


async def log_in(name: str, arguments: Arguments) -> Arguments:
    await clients[name].login_user(arguments["username"], arguments["password"])
    return {}


async def create_stream(name: str, arguments: Arguments) -> Arguments:
    await clients[name].create_stream(arguments["name"])
    return {}


async def get_stream(name: str, arguments: Arguments) -> Arguments | None:
    found = await clients[name].get_stream(arguments["stream"])
    if found is None:
        return None
    shown = {"topicsCount": found.topics_count, "messagesCount": str(found.messages_count)}
    return {"id": found.id, "name": found.name, **shown}


async def create_topic(name: str, arguments: Arguments) -> Arguments:
    await clients[name].create_topic(
        arguments["stream"],
        arguments["name"],
        arguments["partitions"],
        arguments.get("compression"),
        arguments.get("replicationFactor"),
        expiry_of(arguments.get("expiryMicros")),
        size_limit_of(arguments.get("maxSizeBytes")),
    )
    return {}


def expiry_of(text: str | None) -> datetime.timedelta | None:
    if text == "never":
        raise NotOffered("this client has no expiry that is never")
    return None if text is None else datetime.timedelta(microseconds=int(text))


def size_limit_of(text: str | None) -> int | None:
    if text == "unlimited":
        return UNLIMITED
    return None if text is None else int(text)


async def get_topic(name: str, arguments: Arguments) -> Arguments | None:
    found = await clients[name].get_topic(arguments["stream"], arguments["topic"])
    if found is None:
        return None
    shown = {"partitionsCount": found.partitions_count, "messagesCount": str(found.messages_count)}
    return {"id": found.id, "name": found.name, **shown}


async def send(name: str, arguments: Arguments) -> None:
    target = arguments["to"]
    if "partition" not in target:
        raise NotOffered("this client sends to named partitions only")
    messages = [outgoing(message) for message in arguments["messages"]]
    place = (arguments["stream"], arguments["topic"], target["partition"])
    await clients[name].send_messages(*place, messages)


def outgoing(message: Arguments) -> SendMessage:
    for field, what in (("id", "ids of messages"), ("headers", "user headers")):
        if field in message:
            raise NotOffered(f"this client cannot set {what}")
    payload = b64decode(message["payload"])
    if not payload:
        raise NotOffered("this client panics over an empty payload")
    return SendMessage(payload)


async def poll(name: str, arguments: Arguments) -> Arguments:
    if "group" in arguments:
        return await poll_group(name, arguments)
    if arguments["consumer"] != 0:
        raise NotOffered("this client always is the consumer 0")
    if "partition" not in arguments:
        raise NotOffered("this client polls named partitions only")
    partition = arguments["partition"]
    polled = await clients[name].poll_messages(
        arguments["stream"],
        arguments["topic"],
        partition,
        strategy_of(arguments["from"]),
        arguments["count"],
        arguments["autoCommit"],
    )
    return {"partition": partition, "messages": [shown_message(message) for message in polled]}


def strategy_of(start: str | dict[str, str]) -> PollingStrategy:
    if start == "first":
        return PollingStrategy.First()
    if start == "last":
        return PollingStrategy.Last()
    if start == "next":
        return PollingStrategy.Next()
    if "offset" in start:
        return PollingStrategy.Offset(int(start["offset"]))
    return PollingStrategy.Timestamp(int(start["timestamp"]))


def shown_message(message: ReceiveMessage) -> Arguments:
    return {
        "offset": str(message.offset()),
        "id": str(message.id()),
        "timestamp": str(message.timestamp()),
        "checksum": str(message.checksum()),
        "payload": b64encode(message.payload()).decode(),
    }


async def join_group(name: str, arguments: Arguments) -> None:
    place = (arguments["stream"], arguments["topic"])
    group = arguments["group"]
    readers[name, group] = await GroupReader.open(clients[name], place, group)


async def poll_group(name: str, arguments: Arguments) -> Arguments:
    if "partition" in arguments or arguments["from"] != "next" or not arguments["autoCommit"]:
        raise NotOffered("this client's groups read on and commit by themselves")
    messages = await reader_of(name, arguments).poll(arguments["count"])
    partition = messages[0].partition_id() if messages else 0
    return {"partition": partition, "messages": [shown_message(message) for message in messages]}


def reader_of(name: str, arguments: Arguments) -> GroupReader:
    if "group" not in arguments:
        raise NotOffered("this client stores offsets of groups only")
    reader = readers.get((name, arguments["group"]))
    if reader is None:
        raise NotOffered("this client uses a group only after it has joined")
    return reader


async def store_offset(name: str, arguments: Arguments) -> None:
    consumer = reader_of(name, arguments).consumer
    await consumer.store_offset(int(arguments["offset"]), arguments.get("partition"))


async def delete_offset(name: str, arguments: Arguments) -> None:
    await reader_of(name, arguments).consumer.delete_offset(arguments.get("partition"))


OPERATIONS: dict[str, Callable[[str, Arguments], Awaitable[object]]] = {
    "open": open_client,
    "close": close_client,
    "ping": ping,
    "user.login": log_in,
    "stream.create": create_stream,
    "stream.get": get_stream,
    "topic.create": create_topic,
    "topic.get": get_topic,
    "group.join": join_group,
    "offset.store": store_offset,
    "offset.delete": delete_offset,
    "message.send": send,
    "message.poll": poll,
}

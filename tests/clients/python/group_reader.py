"""Polls as a member of a group, where the client only offers an endless iteration."""

import asyncio
from collections.abc import AsyncIterator

from apache_iggy import (
    AutoCommit,
    AutoCommitWhen,
    IggyClient,
    IggyConsumer,
    PollingStrategy,
    ReceiveMessage,
)
from reply import NotOffered

# How long no message may come until a poll counts as empty.
SILENCE_SECONDS = 0.3


class GroupReader:
    def __init__(self, consumer: IggyConsumer) -> None:
        self.consumer = consumer
        self._messages: AsyncIterator[ReceiveMessage] | None = None
        # Waits for the next message, also from one poll to the next: none must get lost.
        self._waiting: asyncio.Task[ReceiveMessage] | None = None

    @classmethod
    async def open(
        cls, client: IggyClient, place: tuple[str, str], group: str | int
    ) -> "GroupReader":
        if not all(isinstance(name, str) for name in (*place, group)):
            raise NotOffered("this client finds groups, their streams and topics by name only")
        consumer = await client.consumer_group(
            group,
            *place,
            polling_strategy=PollingStrategy.Next(),
            # The broker then stores exactly what was handed out.
            batch_length=1,
            auto_commit=AutoCommit.When(AutoCommitWhen.PollingMessages()),
            create_consumer_group_if_not_exists=False,
            # Otherwise the client keeps an offset that it takes for an old one to itself.
            allow_replay=True,
        )
        return cls(consumer)

    async def poll(self, count: int) -> list[ReceiveMessage]:
        """Messages of one partition, as one poll of the protocol brings them."""
        messages: list[ReceiveMessage] = []
        while len(messages) < count:
            message = await self._next()
            if message is None:
                break
            if messages and message.partition_id() != messages[0].partition_id():
                break
            self._waiting = None
            messages.append(message)
        return messages

    async def _next(self) -> ReceiveMessage | None:
        if self._messages is None:
            self._messages = self.consumer.iter_messages()
        if self._waiting is None:
            self._waiting = asyncio.ensure_future(anext(self._messages))
        await asyncio.wait([self._waiting], timeout=SILENCE_SECONDS)
        return self._waiting.result() if self._waiting.done() else None

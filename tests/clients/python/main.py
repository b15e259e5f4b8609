"""The official Python client against a running broker.

Usage: main.py <host:port> write|verify|group|errors [count] [batch]
"""

import asyncio
import json
import os
import sys
import traceback

from apache_iggy import IggyClient
from errors import errors
from group import check_group
from plan import MIXED_BATCHES, Failure, Plan
from verify import verify
from write import write


async def connect_and_log_in(address: str) -> IggyClient:
    client = IggyClient(address)
    await client.connect()
    await client.login_user("iggy", "iggy")
    await client.ping()
    return client


async def run(address: str, mode: str, plan: Plan) -> int:
    """Answers the number of messages that the mode was about."""
    if mode == "errors":
        await errors(address)
        return 0
    if mode not in ("write", "verify", "group"):
        raise Failure(f"unknown mode {mode}")
    client = await connect_and_log_in(address)
    if mode == "group":
        await check_group(client)
        return sum(len(numbers) for numbers in MIXED_BATCHES.values())
    if mode == "write":
        await write(client, plan)
    await verify(client, plan, first_time=mode == "write")
    return plan.count


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 1
    address, mode, *numbers = arguments
    count, batch = [*map(int, numbers), *(100_000, 1000)[len(numbers) :]]
    try:
        messages = asyncio.run(run(address, mode, Plan(count, max(1, batch))))
    except (Failure, RuntimeError, TimeoutError) as reason:
        # The client's errors do not say which request they answer, the stack does.
        traceback.print_exc()
        print(f"python {mode} failed: {type(reason).__name__}: {reason}", file=sys.stderr)
        return 1
    report = {"client": "python", "mode": mode, "messages": messages, "ok": True}
    print(json.dumps(report, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # The client's own threads may abort the process while the interpreter takes itself apart.
    os._exit(code)

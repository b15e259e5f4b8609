"""Drives the official Python client as tests/clients/DRIVER.md lays down."""

import asyncio
import json
import os
import sys
import traceback

from operations import perform
from reply import NotOffered, status_of


async def answer(line: bytes) -> dict[str, object]:
    request = json.loads(line)
    reply: dict[str, object] = {"id": request["id"]}
    try:
        reply["ok"] = await perform(request["client"], request["op"], request["args"])
    except NotOffered as reason:
        reply["notOffered"] = str(reason)
    except RuntimeError as error:
        reply["error"] = {"code": status_of(str(error)), "text": str(error)}
    return reply


async def serve() -> None:
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        print(json.dumps(await answer(line), separators=(",", ":")), flush=True)


def main() -> int:
    try:
        asyncio.run(serve())
    except Exception:
        traceback.print_exc()
        return 2
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The client's own threads may abort the process while the interpreter takes itself apart.
    os._exit(code)

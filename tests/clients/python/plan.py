"""What is sent, so that the reading side can tell what it must get.

All four clients follow the same plan; tests/clients/README.md describes it.
"""

STREAM = "clients-python"
EVENTS = "events"
MIXED = "mixed"
PARTITIONS = 3

# This client can only name a partition, so the two batches of `mixed` have fixed ones.
MIXED_BATCHES = {0: range(1_000_000_000, 1_000_000_060), 1: range(2_000_000_000, 2_000_000_040)}


class Failure(Exception):
    """A check that did not hold."""


class Plan:
    def __init__(self, count: int, batch: int) -> None:
        self.count = count
        self.batch = batch

    def batches(self) -> list[range]:
        """The numbers of each batch; batch i belongs to partition i mod 3."""
        starts = range(0, self.count, self.batch)
        return [range(start, min(start + self.batch, self.count)) for start in starts]

    def numbers_of_partition(self, partition: int) -> list[int]:
        """The numbers a partition must hold, in order of their offsets."""
        return [number for batch in self.batches()[partition::PARTITIONS] for number in batch]


def payload(number: int) -> bytes:
    """100 bytes: ten digits of the number, then letters that depend on it."""
    letters = bytes(97 + (number * 31 + i * 7) % 26 for i in range(90))
    return b"%010d" % number + letters


def same(what: str, actual: object, wanted: object) -> None:
    if actual != wanted:
        raise Failure(f"{what}: got {actual!r}, wanted {wanted!r}")

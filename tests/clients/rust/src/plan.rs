//! What is sent, so that the reading side can tell what it must get. All four clients follow the
//! same plan; tests/clients/README.md describes it.

use std::fmt::Display;

pub const STREAM: &str = "clients-rust";
pub const EVENTS: &str = "events";
pub const MIXED: &str = "mixed";
pub const PARTITIONS: u32 = 3;

/// One batch of the topic `mixed` is sent balanced, one by key, with these first numbers.
pub const BALANCED_FIRST: u64 = 1_000_000_000;
pub const BALANCED_COUNT: u64 = 60;
pub const KEYED_FIRST: u64 = 2_000_000_000;
pub const KEYED_COUNT: u64 = 40;
/// XXH32 of this key with seed 0 is 3150133969, which leaves 1 when divided by 3.
pub const KEY: &str = "order-42";
pub const KEYED_PARTITION: u32 = 1;

/// Every such message carries user headers and an id of its own.
pub const MARKED_EVERY: u64 = 10_000;

pub type Outcome<T> = Result<T, String>;

#[derive(Clone, Copy)]
pub struct Plan {
    pub count: u64,
    pub batch: u64,
}

impl Plan {
    pub fn batches(&self) -> u64 {
        self.count.div_ceil(self.batch)
    }

    /// The numbers of one batch.
    pub fn numbers(&self, batch: u64) -> std::ops::Range<u64> {
        batch * self.batch..((batch + 1) * self.batch).min(self.count)
    }

    /// The numbers a partition must hold, in order of their offsets.
    pub fn numbers_of_partition(&self, partition: u32) -> Vec<u64> {
        (0..self.batches())
            .filter(|batch| batch % u64::from(PARTITIONS) == u64::from(partition))
            .flat_map(|batch| self.numbers(batch))
            .collect()
    }
}

/// 100 bytes: ten digits of the number, then letters that depend on it.
pub fn payload(number: u64) -> String {
    let letters = (0..90).map(|i| char::from(b'a' + ((number * 31 + i * 7) % 26) as u8));
    format!("{number:010}").chars().chain(letters).collect()
}

pub fn is_marked(number: u64) -> bool {
    number % MARKED_EVERY == 0
}

/// Fails with the sentence when the two differ.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, actual: T, wanted: T) -> Outcome<()> {
    if actual == wanted {
        return Ok(());
    }
    Err(format!("{what}: got {actual:?}, wanted {wanted:?}"))
}

/// Says during which step the client reported an error.
pub fn during<T, E: Display + std::fmt::Debug>(step: &str, result: Result<T, E>) -> Outcome<T> {
    result.map_err(|error| format!("{step}: {error} ({error:?})"))
}

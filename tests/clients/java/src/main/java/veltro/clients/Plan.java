package veltro.clients;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.iggy.identifier.StreamId;
import org.apache.iggy.identifier.TopicId;
import org.apache.iggy.message.HeaderKey;
import org.apache.iggy.message.HeaderValue;

/**
 * What is sent, so that the reading side can tell what it must get. All four clients follow the
 * same plan; tests/clients/README.md describes it.
 */
record Plan(long count, long batch) {
  static final String STREAM_NAME = "clients-java";
  static final StreamId STREAM = StreamId.of(STREAM_NAME);
  static final String EVENTS_NAME = "events";
  static final TopicId EVENTS = TopicId.of(EVENTS_NAME);
  static final String MIXED_NAME = "mixed";
  static final TopicId MIXED = TopicId.of(MIXED_NAME);
  static final long PARTITIONS = 3;

  static final List<Long> BALANCED = numbers(1_000_000_000L, 60);
  static final List<Long> KEYED = numbers(2_000_000_000L, 40);
  /** XXH32 of this key with seed 0 is 3150133969, which leaves 1 when divided by 3. */
  static final String KEY = "order-42";

  static final long KEYED_PARTITION = 1;

  /** Every such message carries user headers. */
  private static final long MARKED_EVERY = 10_000;

  /** The numbers of each batch; batch i belongs to partition i mod 3. */
  List<List<Long>> batches() {
    List<List<Long>> batches = new ArrayList<>();
    for (long first = 0; first < count; first += batch) {
      batches.add(numbers(first, Math.min(batch, count - first)));
    }
    return batches;
  }

  /** The numbers a partition must hold, in order of their offsets. */
  List<Long> numbersOfPartition(long partition) {
    List<List<Long>> batches = batches();
    List<Long> numbers = new ArrayList<>();
    for (int i = (int) partition; i < batches.size(); i += PARTITIONS) {
      numbers.addAll(batches.get(i));
    }
    return numbers;
  }

  static List<Long> numbers(long first, long count) {
    return LongStream.range(first, first + count).boxed().toList();
  }

  /** 100 bytes: ten digits of the number, then letters that depend on it. */
  static String payload(long number) {
    byte[] bytes = new byte[100];
    byte[] digits = "%010d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, bytes, 0, 10);
    for (int i = 0; i < 90; i++) {
      bytes[10 + i] = (byte) ('a' + (number * 31 + i * 7) % 26);
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /** The user headers of a message: none for most. */
  static Map<HeaderKey, HeaderValue> headers(long number) {
    if (number >= BALANCED.get(0) || number % MARKED_EVERY != 0) {
      return Map.of();
    }
    return Map.of(
        HeaderKey.fromString("origin"), HeaderValue.fromString("java"),
        HeaderKey.fromString("number"), HeaderValue.fromUint32(number));
  }
}

package veltro.clients;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;
import org.apache.iggy.consumergroup.Consumer;
import org.apache.iggy.identifier.ConsumerId;
import org.apache.iggy.identifier.TopicId;
import org.apache.iggy.message.Message;
import org.apache.iggy.message.PolledMessages;
import org.apache.iggy.message.PollingStrategy;
import org.apache.iggy.partition.Partition;
import org.apache.iggy.stream.StreamDetails;
import org.apache.iggy.topic.TopicDetails;

/** Reads back what {@link Write} sent and checks every message, then some polling strategies. */
record Verify(IggyTcpClient client, Plan plan, boolean firstTime) {
  /** No divisor of the batch size, so that pages cut batches in the middle. */
  private static final long PAGE = 997;

  private static final Consumer READER = Consumer.of(ConsumerId.of("reader"));

  void run() {
    checkCounters();
    Offsets offsets = new Offsets(client);
    offsets.checkKept(firstTime);
    for (long partition = 0; partition < Plan.PARTITIONS; partition++) {
      List<Long> wanted = plan.numbersOfPartition(partition);
      checkStrategies(partition, checkPartition(partition, wanted));
      offsets.check(partition, wanted.size(), firstTime);
    }
    checkMixed();
  }

  private void checkCounters() {
    StreamDetails stream = client.streams().getStream(Plan.STREAM).orElseThrow();
    long total = plan.count() + Plan.BALANCED.size() + Plan.KEYED.size();
    Check.same("topics of the stream", stream.topicsCount(), 2L);
    Check.same("messages of the stream", stream.messagesCount(), total);
    TopicDetails topic = client.topics().getTopic(Plan.STREAM, Plan.EVENTS).orElseThrow();
    Check.same("messages of the topic", topic.messagesCount(), plan.count());
    Check.same("partitions of the topic", topic.partitions().size(), (int) Plan.PARTITIONS);
    for (Partition partition : topic.partitions()) {
      long wanted = plan.numbersOfPartition(partition.id()).size();
      Check.same("messages of a partition", partition.messagesCount(), wanted);
      Check.same(
          "newest offset of a partition", partition.currentOffset(), Math.max(wanted, 1) - 1);
    }
  }

  /** Reads a partition from its start to its end; answers the timestamps. */
  private List<BigInteger> checkPartition(long partition, List<Long> wanted) {
    List<BigInteger> timestamps = new ArrayList<>();
    while (true) {
      BigInteger next = BigInteger.valueOf(timestamps.size());
      PolledMessages polled = poll(Plan.EVENTS, partition, PollingStrategy.offset(next), PAGE);
      if (polled.messages().isEmpty()) {
        break;
      }
      for (Message message : polled.messages()) {
        checkMessage(message, timestamps.size(), wanted);
        timestamps.add(message.header().timestamp());
      }
    }
    Check.same("messages read from the partition", timestamps.size(), wanted.size());
    Check.same("timestamps never go back", timestamps, timestamps.stream().sorted().toList());
    return timestamps;
  }

  private static void checkMessage(Message message, int offset, List<Long> wanted) {
    Check.same("no message after the last", offset < wanted.size(), true);
    long number = wanted.get(offset);
    Check.same("offset of a message", message.header().offset(), offset);
    Check.same("payload of a message", text(message), Plan.payload(number));
    Check.same("user headers of a message", message.userHeaders(), Plan.headers(number));
    boolean hasId = message.header().id().toBigInteger().signum() != 0;
    Check.same("the broker made an id", hasId, true);
  }

  private void checkStrategies(long partition, List<BigInteger> timestamps) {
    int total = timestamps.size();
    int sample = Math.min(5, total);
    checkRange(partition, PollingStrategy.first(), 0, sample);
    checkRange(partition, PollingStrategy.last(), total - sample, sample);
    checkRange(partition, PollingStrategy.offset(BigInteger.valueOf(total + 5)), 0, 0);
    if (total == 0) {
      return;
    }
    BigInteger stamp = timestamps.get(total / 2);
    int start = timestamps.indexOf(stamp);
    checkRange(partition, PollingStrategy.timestamp(stamp), start, Math.min(5, total - start));
    BigInteger late = timestamps.get(total - 1).add(BigInteger.ONE);
    checkRange(partition, PollingStrategy.timestamp(late), 0, 0);
  }

  private void checkRange(long partition, PollingStrategy strategy, long first, long count) {
    PolledMessages polled = poll(Plan.EVENTS, partition, strategy, 5);
    String what = "offsets polled with %s from partition %d".formatted(strategy, partition);
    Check.same(what, offsets(polled), Plan.numbers(first, count));
  }

  private void checkMixed() {
    int balancedPartitions = 0;
    for (long partition = 0; partition < Plan.PARTITIONS; partition++) {
      List<Long> wanted = new ArrayList<>();
      PolledMessages polled =
          poll(Plan.MIXED, partition, PollingStrategy.offset(BigInteger.ZERO), 1000);
      if (polled.messages().size() >= Plan.BALANCED.size()) {
        balancedPartitions++;
        wanted.addAll(Plan.BALANCED);
      }
      if (partition == Plan.KEYED_PARTITION) {
        wanted.addAll(Plan.KEYED);
      }
      Check.same("messages of partition " + partition, numbers(polled), wanted);
    }
    Check.same("partitions that got the balanced batch", balancedPartitions, 1);
  }

  private PolledMessages poll(
      TopicId topic, long partition, PollingStrategy strategy, long count) {
    PolledMessages polled =
        client
            .messages()
            .pollMessages(
                Plan.STREAM, topic, Optional.of(partition), READER, strategy, count, false);
    Check.same("count of the answer", polled.count(), (long) polled.messages().size());
    Check.same("partition of the answer", polled.partitionId(), partition);
    return polled;
  }

  static List<Long> offsets(PolledMessages polled) {
    return polled.messages().stream().map(message -> message.header().offset().longValue()).toList();
  }

  /** The numbers at the start of the payloads. */
  static List<Long> numbers(PolledMessages polled) {
    return polled.messages().stream()
        .map(message -> Long.valueOf(text(message).substring(0, 10)))
        .toList();
  }

  private static String text(Message message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }
}

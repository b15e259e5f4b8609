package veltro.clients;

import java.math.BigInteger;
import java.util.Optional;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;
import org.apache.iggy.consumergroup.Consumer;
import org.apache.iggy.consumeroffset.ConsumerOffsetInfo;
import org.apache.iggy.identifier.ConsumerId;
import org.apache.iggy.message.PolledMessages;
import org.apache.iggy.message.PollingStrategy;

/** Stores and reads consumer offsets, and polls what follows them. */
record Offsets(IggyTcpClient client) {
  private static final long KEPT = 41;

  /** A stored offset must outlive the broker's process, however that ended. */
  void checkKept(boolean firstTime) {
    Consumer keeper = Consumer.of(ConsumerId.of("keeper"));
    checkStored(keeper, 0, firstTime ? Optional.empty() : Optional.of(KEPT));
    store(keeper, 0, KEPT);
  }

  /** This client cannot delete an offset, so that a later run finds what the one before left. */
  void check(long partition, long total, boolean firstTime) {
    if (total < 30) {
      return;
    }
    Consumer consumer = Consumer.of(7L);
    checkStored(consumer, partition, firstTime ? Optional.empty() : Optional.of(19L));
    store(consumer, partition, 9);
    checkStored(consumer, partition, Optional.of(9L));
    checkNext(consumer, partition, false, 10);
    checkNext(consumer, partition, true, 10);
    checkStored(consumer, partition, Optional.of(19L));
    checkNext(consumer, partition, false, 20);
  }

  private void store(Consumer consumer, long partition, long offset) {
    BigInteger value = BigInteger.valueOf(offset);
    client
        .consumerOffsets()
        .storeConsumerOffset(Plan.STREAM, Plan.EVENTS, Optional.of(partition), consumer, value);
  }

  private void checkStored(Consumer consumer, long partition, Optional<Long> wanted) {
    Optional<Long> stored =
        client
            .consumerOffsets()
            .getConsumerOffset(Plan.STREAM, Plan.EVENTS, Optional.of(partition), consumer)
            .map(ConsumerOffsetInfo::storedOffset)
            .map(BigInteger::longValueExact);
    Check.same("stored offset in partition " + partition, stored, wanted);
  }

  private void checkNext(Consumer consumer, long partition, boolean commit, long first) {
    PolledMessages polled =
        client
            .messages()
            .pollMessages(
                Plan.STREAM,
                Plan.EVENTS,
                Optional.of(partition),
                consumer,
                PollingStrategy.next(),
                10L,
                commit);
    Check.same("next messages", Verify.offsets(polled), Plan.numbers(first, 10));
  }
}

package veltro.clients;

import java.math.BigInteger;
import java.util.Optional;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;
import org.apache.iggy.consumergroup.Consumer;
import org.apache.iggy.exception.IggyAuthenticationException;
import org.apache.iggy.exception.IggyConflictException;
import org.apache.iggy.exception.IggyResourceNotFoundException;
import org.apache.iggy.exception.IggyServerException;
import org.apache.iggy.identifier.StreamId;
import org.apache.iggy.identifier.TopicId;
import org.apache.iggy.message.PollingStrategy;
import org.apache.iggy.topic.CompressionAlgorithm;

/** Provokes errors and checks that the client recognises each one. */
record Errors(IggyTcpClient client) {
  private static final Consumer READER = Consumer.of(1L);

  void run() {
    Check.fails(
        "log in with a wrong password",
        42,
        IggyAuthenticationException.class,
        () -> client.users().login("iggy", "wrong-password"));
    // The connection must still be usable after a refused login. The ping makes sure that the
    // client is done with its own clean-up, which would else forget the second login.
    client.system().ping();
    client.users().login("iggy", "iggy");
    checkConflicts();
    checkMissing();
    Check.fails("store an offset beyond the end", 4100, IggyServerException.class, this::store);
  }

  private void checkConflicts() {
    Check.fails(
        "create an existing stream",
        1012,
        IggyConflictException.class,
        () -> client.streams().createStream(Plan.STREAM_NAME));
    Check.fails(
        "create an existing topic", 2013, IggyConflictException.class, this::createExistingTopic);
  }

  private void createExistingTopic() {
    client
        .topics()
        .createTopic(
            Plan.STREAM,
            1L,
            CompressionAlgorithm.None,
            BigInteger.ZERO,
            BigInteger.ZERO,
            Optional.empty(),
            Plan.EVENTS_NAME);
  }

  private void checkMissing() {
    StreamId missingStream = StreamId.of("missing");
    TopicId missingTopic = TopicId.of("missing");
    checkMissingPoll("stream", 1009, missingStream, Plan.EVENTS, 0);
    checkMissingPoll("topic", 2010, Plan.STREAM, missingTopic, 0);
    checkMissingPoll("partition", 3007, Plan.STREAM, Plan.EVENTS, Plan.PARTITIONS);
    Check.same("a missing stream", client.streams().getStream(missingStream), Optional.empty());
    Check.same(
        "a missing topic", client.topics().getTopic(Plan.STREAM, missingTopic), Optional.empty());
  }

  private void checkMissingPoll(
      String kind, int code, StreamId stream, TopicId topic, long partition) {
    Check.fails(
        "poll a missing " + kind,
        code,
        IggyResourceNotFoundException.class,
        () ->
            client
                .messages()
                .pollMessages(
                    stream,
                    topic,
                    Optional.of(partition),
                    READER,
                    PollingStrategy.first(),
                    1L,
                    false));
  }

  private void store() {
    BigInteger beyond = BigInteger.valueOf(999_999_999);
    client
        .consumerOffsets()
        .storeConsumerOffset(Plan.STREAM, Plan.EVENTS, Optional.of(0L), READER, beyond);
  }
}

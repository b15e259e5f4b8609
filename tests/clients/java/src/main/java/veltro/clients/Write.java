package veltro.clients;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;
import org.apache.iggy.identifier.TopicId;
import org.apache.iggy.message.Message;
import org.apache.iggy.message.Partitioning;
import org.apache.iggy.topic.CompressionAlgorithm;
import org.apache.iggy.topic.TopicDetails;

/** Creates the stream and its topics and fills them. */
record Write(IggyTcpClient client, Plan plan) {
  private static final BigInteger MAXIMUM = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  void run() {
    String name = client.streams().createStream(Plan.STREAM_NAME).name();
    Check.same("name of the created stream", name, Plan.STREAM_NAME);
    createTopic(Plan.EVENTS_NAME);
    createTopic(Plan.MIXED_NAME);
    List<List<Long>> batches = plan.batches();
    for (int i = 0; i < batches.size(); i++) {
      send(Plan.EVENTS, Partitioning.partitionId(i % Plan.PARTITIONS), batches.get(i));
    }
    send(Plan.MIXED, Partitioning.balanced(), Plan.BALANCED);
    send(Plan.MIXED, Partitioning.messagesKey(Plan.KEY), Plan.KEYED);
  }

  private void createTopic(String name) {
    TopicDetails topic =
        client
            .topics()
            .createTopic(
                Plan.STREAM,
                Plan.PARTITIONS,
                CompressionAlgorithm.None,
                MAXIMUM,
                MAXIMUM,
                Optional.empty(),
                name);
    Check.same("name of the created topic", topic.name(), name);
    Check.same("partitions of the created topic", topic.partitionsCount(), Plan.PARTITIONS);
    Check.same("expiry of the created topic", topic.messageExpiry(), MAXIMUM);
    Check.same("size limit of the created topic", topic.maxTopicSize(), MAXIMUM);
  }

  private void send(TopicId topic, Partitioning target, List<Long> numbers) {
    List<Message> messages = numbers.stream().map(Write::message).toList();
    client.messages().sendMessages(Plan.STREAM, topic, target, messages);
  }

  private static Message message(long number) {
    return Message.of(Plan.payload(number), Plan.headers(number));
  }
}

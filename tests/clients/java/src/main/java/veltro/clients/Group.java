package veltro.clients;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;
import org.apache.iggy.consumergroup.Consumer;
import org.apache.iggy.consumergroup.ConsumerGroupDetails;
import org.apache.iggy.identifier.ConsumerId;
import org.apache.iggy.message.PolledMessages;
import org.apache.iggy.message.PollingStrategy;

/** A group with one member, which must get every message of all partitions. */
record Group(IggyTcpClient client) {
  void check() {
    String name = "group-" + System.nanoTime();
    ConsumerId group = ConsumerId.of(name);
    client.consumerGroups().createConsumerGroup(Plan.STREAM, Plan.MIXED, name);
    client.consumerGroups().joinConsumerGroup(Plan.STREAM, Plan.MIXED, group);
    ConsumerGroupDetails details =
        client.consumerGroups().getConsumerGroup(Plan.STREAM, Plan.MIXED, group).orElseThrow();
    Check.same("members of the group", details.membersCount(), 1L);
    int owned = details.members().get(0).partitions().size();
    Check.same("partitions of the member", owned, (int) Plan.PARTITIONS);
    List<Long> wanted = Stream.concat(Plan.BALANCED.stream(), Plan.KEYED.stream()).toList();
    Check.same("messages the group received", read(Consumer.group(group)), wanted);
    client.consumerGroups().leaveConsumerGroup(Plan.STREAM, Plan.MIXED, group);
    client.consumerGroups().deleteConsumerGroup(Plan.STREAM, Plan.MIXED, group);
  }

  /** At worst one partition holds all 100: fifteen polls of it, and the partitions take turns. */
  private List<Long> read(Consumer consumer) {
    List<Long> received = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      PolledMessages polled =
          client
              .messages()
              .pollMessages(
                  Plan.STREAM,
                  Plan.MIXED,
                  Optional.empty(),
                  consumer,
                  PollingStrategy.next(),
                  7L,
                  true);
      received.addAll(Verify.numbers(polled));
    }
    return received.stream().sorted().toList();
  }
}

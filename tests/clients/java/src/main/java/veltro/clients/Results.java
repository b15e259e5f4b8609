package veltro.clients;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.iggy.consumergroup.ConsumerGroup;
import org.apache.iggy.consumergroup.ConsumerGroupDetails;
import org.apache.iggy.consumergroup.ConsumerGroupMember;
import org.apache.iggy.consumeroffset.ConsumerOffsetInfo;
import org.apache.iggy.partition.Partition;
import org.apache.iggy.personalaccesstoken.PersonalAccessTokenInfo;
import org.apache.iggy.stream.StreamBase;
import org.apache.iggy.stream.StreamDetails;
import org.apache.iggy.system.ClientInfo;
import org.apache.iggy.system.ClientInfoDetails;
import org.apache.iggy.system.ConsumerGroupInfo;
import org.apache.iggy.system.Stats;
import org.apache.iggy.topic.Topic;
import org.apache.iggy.topic.TopicDetails;
import org.apache.iggy.user.IdentityInfo;
import org.apache.iggy.user.UserInfo;
import org.apache.iggy.user.UserInfoDetails;

/** What the client answers, as the objects of the lines. */
final class Results {
  private static final long NO_USER = 0xFFFF_FFFFL;

  private Results() {}

  /** An object of names and values in turn; values may be null. */
  static Map<String, Object> object(Object... entries) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      fields.put((String) entries[i], entries[i + 1]);
    }
    return fields;
  }

  static <T> List<Object> list(Collection<T> values, Function<T, Object> show) {
    List<Object> results = new ArrayList<>();
    values.forEach(value -> results.add(show.apply(value)));
    return results;
  }

  static <T> Object orNull(Optional<T> value, Function<T, Object> show) {
    return value.map(show).orElse(null);
  }

  private static Map<String, Object> with(Map<String, Object> base, String name, Object value) {
    base.put(name, value);
    return base;
  }

  private static String limit(BigInteger number, String endless) {
    return number.equals(Arguments.ENDLESS) ? endless : number.toString();
  }

  static Object identity(IdentityInfo identity) {
    return object("userId", identity.userId());
  }

  static Map<String, Object> client(ClientInfo client) {
    return object(
        "clientId", client.clientId(),
        "userId", userId(client.userId()),
        "transport", client.transport().toLowerCase(),
        "address", client.address(),
        "groupsCount", client.consumerGroupsCount());
  }

  /** The client takes user 0 for none, and none for a user with the highest number. */
  private static Long userId(Optional<Long> id) {
    return id.isEmpty() ? Long.valueOf(0) : id.filter(number -> number != NO_USER).orElse(null);
  }

  static Map<String, Object> client(ClientInfoDetails details) {
    ClientInfo client =
        new ClientInfo(
            details.clientId(),
            details.userId(),
            details.address(),
            details.transport(),
            details.consumerGroupsCount());
    return with(client(client), "groups", list(details.consumerGroups(), Results::membership));
  }

  private static Object membership(ConsumerGroupInfo group) {
    return object(
        "streamId", group.streamId(),
        "topicId", group.topicId(),
        "groupId", group.consumerGroupId());
  }

  static Object stats(Stats stats) {
    return object(
        "processId", stats.processId(),
        "streamsCount", stats.streamsCount(),
        "topicsCount", stats.topicsCount(),
        "partitionsCount", stats.partitionsCount(),
        "segmentsCount", stats.segmentsCount(),
        "messagesCount", stats.messagesCount().toString(),
        "messagesSizeBytes", stats.messagesSizeBytes(),
        "clientsCount", stats.clientsCount(),
        "groupsCount", stats.consumerGroupsCount(),
        "hostname", stats.hostname(),
        "serverVersion", stats.iggyServerVersion(),
        "memoryUsage", stats.memoryUsage(),
        "runTimeMicros", stats.runTime().toString());
  }

  static Map<String, Object> user(UserInfo user) {
    return object(
        "id", user.id(),
        "username", user.username(),
        "status", user.status().name().toLowerCase(),
        "createdAt", user.createdAt().toString());
  }

  static Map<String, Object> user(UserInfoDetails user) {
    UserInfo base = new UserInfo(user.id(), user.createdAt(), user.status(), user.username());
    return with(user(base), "permissions", orNull(user.permissions(), Rights::show));
  }

  static Object token(PersonalAccessTokenInfo token) {
    return object(
        "name", token.name(), "expiresAt", orNull(token.expiryAt(), BigInteger::toString));
  }

  static Map<String, Object> stream(StreamBase stream) {
    return object(
        "id", stream.id(),
        "name", stream.name(),
        "createdAt", stream.createdAt().toString(),
        "topicsCount", stream.topicsCount(),
        "sizeBytes", stream.size(),
        "messagesCount", stream.messagesCount().toString());
  }

  static Map<String, Object> stream(StreamDetails stream) {
    StreamBase base =
        new StreamBase(
            stream.id(),
            stream.createdAt(),
            stream.name(),
            stream.size(),
            stream.messagesCount(),
            stream.topicsCount());
    return with(stream(base), "topics", list(stream.topics(), Results::topic));
  }

  static Map<String, Object> topic(Topic topic) {
    return object(
        "id", topic.id(),
        "name", topic.name(),
        "createdAt", topic.createdAt().toString(),
        "partitionsCount", topic.partitionsCount(),
        "compression", topic.compressionAlgorithm().name().toLowerCase(),
        "expiryMicros", limit(topic.messageExpiry(), "never"),
        "maxSizeBytes", limit(topic.maxTopicSize(), "unlimited"),
        "replicationFactor", topic.replicationFactor(),
        "sizeBytes", topic.size(),
        "messagesCount", topic.messagesCount().toString());
  }

  static Map<String, Object> topic(TopicDetails topic) {
    Topic base =
        new Topic(
            topic.id(),
            topic.createdAt(),
            topic.name(),
            topic.size(),
            topic.messageExpiry(),
            topic.compressionAlgorithm(),
            topic.maxTopicSize(),
            topic.replicationFactor(),
            topic.messagesCount(),
            topic.partitionsCount());
    return with(topic(base), "partitions", list(topic.partitions(), Results::partition));
  }

  private static Object partition(Partition partition) {
    return object(
        "id", partition.id(),
        "createdAt", partition.createdAt().toString(),
        "segmentsCount", partition.segmentsCount(),
        "currentOffset", partition.currentOffset().toString(),
        "sizeBytes", partition.size(),
        "messagesCount", partition.messagesCount().toString());
  }

  static Map<String, Object> group(ConsumerGroup group) {
    return object(
        "id", group.id(),
        "name", group.name(),
        "partitionsCount", group.partitionsCount(),
        "membersCount", group.membersCount());
  }

  static Map<String, Object> group(ConsumerGroupDetails group) {
    ConsumerGroup base =
        new ConsumerGroup(group.id(), group.name(), group.partitionsCount(), group.membersCount());
    return with(group(base), "members", list(group.members(), Results::member));
  }

  private static Object member(ConsumerGroupMember member) {
    return object("id", member.id(), "partitions", member.partitions());
  }

  static Object offset(ConsumerOffsetInfo offset) {
    return object(
        "partition", offset.partitionId(),
        "currentOffset", offset.currentOffset().toString(),
        "storedOffset", offset.storedOffset().toString());
  }
}

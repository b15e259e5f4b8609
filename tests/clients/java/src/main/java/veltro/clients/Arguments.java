package veltro.clients;

import java.math.BigInteger;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.iggy.consumergroup.Consumer;
import org.apache.iggy.identifier.ConsumerId;
import org.apache.iggy.identifier.StreamId;
import org.apache.iggy.identifier.TopicId;
import org.apache.iggy.identifier.UserId;
import org.apache.iggy.message.Partitioning;
import org.apache.iggy.message.PartitioningKind;
import org.apache.iggy.message.PollingStrategy;
import org.apache.iggy.topic.CompressionAlgorithm;
import org.apache.iggy.user.UserStatus;
import tools.jackson.databind.JsonNode;

/** The arguments of one operation, read as the types of the client. */
record Arguments(JsonNode values) {
  static final BigInteger ENDLESS = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  static Arguments of(JsonNode values) {
    if (!values.isObject() && !values.isMissingNode()) {
      throw new Misunderstood("the arguments are no object");
    }
    return new Arguments(values);
  }

  /** One argument; it is a defect of the line when it has another type than asked for. */
  record Value(JsonNode node) {
    String text() {
      return read(node.isString(), JsonNode::stringValue);
    }

    long number() {
      return read(node.isIntegralNumber(), JsonNode::longValue);
    }

    boolean flag() {
      return read(node.isBoolean(), JsonNode::booleanValue);
    }

    byte[] bytes() {
      return read(node.isString(), value -> Base64.getDecoder().decode(value.stringValue()));
    }

    /** A decimal string, or a word for the highest number. */
    BigInteger wide(String endless) {
      return text().equals(endless) ? ENDLESS : wide();
    }

    BigInteger wide() {
      return read(node.isString(), value -> new BigInteger(value.stringValue()));
    }

    Arguments object() {
      return of(node);
    }

    <T> T identifier(Function<String, T> ofName, Function<Long, T> ofNumber) {
      return node.isString() ? ofName.apply(text()) : ofNumber.apply(number());
    }

    private <T> T read(boolean fits, Function<JsonNode, T> reader) {
      try {
        if (fits) {
          return reader.apply(node);
        }
      } catch (IllegalArgumentException error) {
        throw new Misunderstood("%s: %s".formatted(node, error.getMessage()));
      }
      throw new Misunderstood("%s has the wrong type".formatted(node));
    }
  }

  Optional<Value> find(String name) {
    JsonNode value = values.path(name);
    boolean absent = value.isMissingNode() || value.isNull();
    return absent ? Optional.empty() : Optional.of(new Value(value));
  }

  Value get(String name) {
    return find(name)
        .orElseThrow(() -> new Misunderstood("the argument \"%s\" is missing".formatted(name)));
  }

  String text(String name) {
    return get(name).text();
  }

  Long number(String name) {
    return get(name).number();
  }

  boolean flag(String name) {
    return find(name).map(Value::flag).orElse(false);
  }

  List<Arguments> list(String name) {
    return values.path(name).valueStream().map(Arguments::of).toList();
  }

  StreamId stream() {
    return get("stream").identifier(StreamId::of, StreamId::of);
  }

  TopicId topic() {
    return get("topic").identifier(TopicId::of, TopicId::of);
  }

  ConsumerId group() {
    return get("group").identifier(ConsumerId::of, ConsumerId::of);
  }

  UserId user() {
    return get("user").identifier(UserId::of, UserId::of);
  }

  Consumer reader() {
    return find("consumer")
        .map(value -> Consumer.of(value.<ConsumerId>identifier(ConsumerId::of, ConsumerId::of)))
        .orElseGet(() -> Consumer.group(group()));
  }

  Optional<Long> partition() {
    return find("partition").map(Value::number);
  }

  Partitioning target() {
    Value to = get("to");
    if (to.node().isString() && to.text().equals("balanced")) {
      return Partitioning.balanced();
    }
    Arguments place = to.object();
    return place
        .partition()
        .map(Partitioning::partitionId)
        .orElseGet(() -> new Partitioning(PartitioningKind.MessagesKey, place.get("key").bytes()));
  }

  PollingStrategy origin() {
    Value from = get("from");
    if (!from.node().isString()) {
      Arguments place = from.object();
      return place
          .find("timestamp")
          .map(time -> PollingStrategy.timestamp(time.wide()))
          .orElseGet(() -> PollingStrategy.offset(place.get("offset").wide()));
    }
    return switch (from.text()) {
      case "first" -> PollingStrategy.first();
      case "last" -> PollingStrategy.last();
      case "next" -> PollingStrategy.next();
      default -> throw new Misunderstood("unknown start of a poll");
    };
  }

  Optional<UserStatus> status() {
    return find("status")
        .map(
            status ->
                switch (status.text()) {
                  case "active" -> UserStatus.Active;
                  case "inactive" -> UserStatus.Inactive;
                  default -> throw new Misunderstood("unknown status of a user");
                });
  }

  CompressionAlgorithm compression() {
    return switch (find("compression").map(Value::text).orElse("none")) {
      case "none" -> CompressionAlgorithm.None;
      case "gzip" -> CompressionAlgorithm.Gzip;
      default -> throw new Misunderstood("unknown compression");
    };
  }

  /** What is absent is left to the broker. */
  BigInteger wide(String name, String endless) {
    return find(name).map(value -> value.wide(endless)).orElse(BigInteger.ZERO);
  }

  Optional<Short> replicationFactor() {
    return find("replicationFactor").map(value -> (short) value.number());
  }
}

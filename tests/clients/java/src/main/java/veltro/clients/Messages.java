package veltro.clients;

import static veltro.clients.Results.list;
import static veltro.clients.Results.object;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iggy.message.HeaderKey;
import org.apache.iggy.message.HeaderKind;
import org.apache.iggy.message.HeaderValue;
import org.apache.iggy.message.Message;
import org.apache.iggy.message.MessageHeader;
import org.apache.iggy.message.MessageId;
import org.apache.iggy.message.PolledMessages;

/** Messages with their user headers. */
final class Messages {
  /** The size of the numbers that the client has no functions for. */
  private static final Map<HeaderKind, Integer> SIZES =
      Map.of(HeaderKind.Int128, 16, HeaderKind.Uint64, 8, HeaderKind.Uint128, 16);

  private Messages() {}

  static Message read(Arguments given) {
    byte[] payload = given.get("payload").bytes();
    MessageId id =
        given
            .find("id")
            .map(value -> MessageId.from(value.wide()))
            .orElseGet(MessageId::serverGenerated);
    BigInteger zero = BigInteger.ZERO;
    MessageHeader header =
        new MessageHeader(zero, id, zero, zero, zero, 0L, (long) payload.length, zero);
    Map<HeaderKey, HeaderValue> headers = new LinkedHashMap<>();
    for (Arguments entry : given.list("headers")) {
      headers.put(HeaderKey.fromString(entry.text("key")), readHeader(entry));
    }
    return new Message(header, payload, Map.of()).withUserHeaders(headers);
  }

  private static HeaderValue readHeader(Arguments entry) {
    Arguments.Value value = entry.get("value");
    return switch (entry.text("kind")) {
      case "raw" -> HeaderValue.fromRaw(value.bytes());
      case "string" -> HeaderValue.fromString(value.text());
      case "bool" -> HeaderValue.fromBool(value.flag());
      case "int8" -> HeaderValue.fromInt8(Byte.parseByte(value.text()));
      case "int16" -> HeaderValue.fromInt16(Short.parseShort(value.text()));
      case "int32" -> HeaderValue.fromInt32(Integer.parseInt(value.text()));
      case "int64" -> HeaderValue.fromInt64(Long.parseLong(value.text()));
      case "int128" -> wide(HeaderKind.Int128, value.wide());
      case "uint8" -> HeaderValue.fromUint8(Short.parseShort(value.text()));
      case "uint16" -> HeaderValue.fromUint16(Integer.parseInt(value.text()));
      case "uint32" -> HeaderValue.fromUint32(Long.parseLong(value.text()));
      case "uint64" -> wide(HeaderKind.Uint64, value.wide());
      case "uint128" -> wide(HeaderKind.Uint128, value.wide());
      case "float32" -> HeaderValue.fromFloat32(Float.parseFloat(value.text()));
      case "float64" -> HeaderValue.fromFloat64(Double.parseDouble(value.text()));
      default -> throw new Misunderstood("unknown kind of header");
    };
  }

  private static HeaderValue wide(HeaderKind kind, BigInteger number) {
    byte[] bytes = new byte[SIZES.get(kind)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return new HeaderValue(kind, bytes);
  }

  static Map<String, Object> show(PolledMessages polled) {
    return object(
        "partition", polled.partitionId(),
        "currentOffset", polled.currentOffset().toString(),
        "messages", list(polled.messages(), Messages::show));
  }

  private static Map<String, Object> show(Message message) {
    MessageHeader header = message.header();
    return object(
        "offset", header.offset().toString(),
        "id", header.id().toBigInteger().toString(),
        "timestamp", header.timestamp().toString(),
        "originTimestamp", header.originTimestamp().toString(),
        "checksum", header.checksum().toString(),
        "payload", message.payload(),
        "headers", list(message.userHeaders().entrySet(), Messages::showHeader));
  }

  private static Map<String, Object> showHeader(Map.Entry<HeaderKey, HeaderValue> entry) {
    HeaderValue value = entry.getValue();
    return object(
        "key", entry.getKey().toString(),
        "kind", value.kind().name().toLowerCase(),
        "value", showValue(value));
  }

  private static Object showValue(HeaderValue value) {
    return switch (value.kind()) {
      case Raw -> value.asRaw();
      case Bool -> value.asBool();
      case Int128, Uint64, Uint128 -> wide(value);
      case Float32, Float64 -> plain(value.toString());
      default -> value.toString();
    };
  }

  private static String wide(HeaderValue value) {
    byte[] bytes = value.asRaw();
    byte[] digits = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      digits[bytes.length - 1 - i] = bytes[i];
    }
    boolean signed = value.kind() == HeaderKind.Int128;
    return (signed ? new BigInteger(digits) : new BigInteger(1, digits)).toString();
  }

  /** Without an exponent and without a zero behind the point. */
  private static String plain(String number) {
    return new BigDecimal(number).stripTrailingZeros().toPlainString();
  }
}

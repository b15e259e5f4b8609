package veltro.clients;

import static veltro.clients.Results.object;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.apache.iggy.user.GlobalPermissions;
import org.apache.iggy.user.Permissions;
import org.apache.iggy.user.StreamPermissions;
import org.apache.iggy.user.TopicPermissions;

/** Permissions of a user: the client keeps maps where the lines have lists. */
final class Rights {
  private Rights() {}

  static Permissions read(Arguments.Value value) {
    Arguments given = value.object();
    Map<Long, StreamPermissions> streams = new LinkedHashMap<>();
    for (Arguments stream : given.list("streams")) {
      streams.put(stream.number("streamId"), readStream(stream));
    }
    return new Permissions(readGlobal(given.get("global").object()), streams);
  }

  private static GlobalPermissions readGlobal(Arguments flags) {
    return new GlobalPermissions(
        flags.flag("manageServers"),
        flags.flag("readServers"),
        flags.flag("manageUsers"),
        flags.flag("readUsers"),
        flags.flag("manageStreams"),
        flags.flag("readStreams"),
        flags.flag("manageTopics"),
        flags.flag("readTopics"),
        flags.flag("pollMessages"),
        flags.flag("sendMessages"));
  }

  private static StreamPermissions readStream(Arguments flags) {
    Map<Long, TopicPermissions> topics = new LinkedHashMap<>();
    for (Arguments topic : flags.list("topics")) {
      topics.put(topic.number("topicId"), readTopic(topic));
    }
    return new StreamPermissions(
        flags.flag("manageStream"),
        flags.flag("readStream"),
        flags.flag("manageTopics"),
        flags.flag("readTopics"),
        flags.flag("pollMessages"),
        flags.flag("sendMessages"),
        topics);
  }

  private static TopicPermissions readTopic(Arguments flags) {
    return new TopicPermissions(
        flags.flag("manageTopic"),
        flags.flag("readTopic"),
        flags.flag("pollMessages"),
        flags.flag("sendMessages"));
  }

  /** The flags have the names of the lines; the maps become lists in order of the ids. */
  static Map<String, Object> show(Permissions permissions) {
    return object(
        "global",
        permissions.global(),
        "streams",
        ordered(permissions.streams(), Rights::showStream));
  }

  private static <T> List<Object> ordered(Map<Long, T> entries, BiFunction<Long, T, Object> show) {
    return new TreeMap<>(entries)
        .entrySet().stream().map(entry -> show.apply(entry.getKey(), entry.getValue())).toList();
  }

  private static Map<String, Object> showStream(long id, StreamPermissions flags) {
    return object(
        "streamId", id,
        "manageStream", flags.manageStream(),
        "readStream", flags.readStream(),
        "manageTopics", flags.manageTopics(),
        "readTopics", flags.readTopics(),
        "pollMessages", flags.pollMessages(),
        "sendMessages", flags.sendMessages(),
        "topics", ordered(flags.topics(), Rights::showTopic));
  }

  private static Map<String, Object> showTopic(long id, TopicPermissions flags) {
    return object(
        "topicId", id,
        "manageTopic", flags.manageTopic(),
        "readTopic", flags.readTopic(),
        "pollMessages", flags.pollMessages(),
        "sendMessages", flags.sendMessages());
  }
}

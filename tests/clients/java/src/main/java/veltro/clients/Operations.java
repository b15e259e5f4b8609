package veltro.clients;

import static veltro.clients.Results.list;
import static veltro.clients.Results.object;
import static veltro.clients.Results.orNull;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.iggy.client.blocking.IggyBaseClient;
import org.apache.iggy.exception.IggyServerException;
import org.apache.iggy.user.IdentityInfo;
import org.apache.iggy.user.UserStatus;

/** The operations of DRIVER.md on an open client, by their names. */
final class Operations {
  private static final Map<String, Operation> ALL = new HashMap<>();

  static {
    addSystem();
    addUsers();
    addTokens();
    addStreams();
    addTopics();
    addGroups();
    addOffsets();
    addMessages();
  }

  private Operations() {}

  interface Operation {
    Object perform(IggyBaseClient client, Arguments arguments);
  }

  static Operation named(String name) {
    Operation operation = ALL.get(name);
    if (operation == null) {
      throw new Misunderstood("unknown operation \"%s\"".formatted(name));
    }
    return operation;
  }

  private static void add(String name, Operation operation) {
    ALL.put(name, operation);
  }

  /** An operation without a result. */
  private static void addVoid(String name, BiConsumer<IggyBaseClient, Arguments> action) {
    add(
        name,
        (client, arguments) -> {
          action.accept(client, arguments);
          return null;
        });
  }

  private static void addMissing(String name, String reason) {
    add(
        name,
        (client, arguments) -> {
          throw new NotOffered(reason);
        });
  }

  private static void addSystem() {
    addVoid("ping", (client, given) -> client.system().ping());
    add("me", (client, given) -> Results.client(client.system().getMe()));
    add("client.get", Operations::getClient);
    add("client.list", (client, given) -> list(client.system().getClients(), Results::client));
    add("stats", (client, given) -> Results.stats(client.system().getStats()));
    addMissing("snapshot", "this client has no snapshots");
    addMissing("cluster", "this client does not ask for the cluster");
  }

  private static Object getClient(IggyBaseClient client, Arguments given) {
    try {
      return Results.client(client.system().getClient(given.number("clientId")));
    } catch (IndexOutOfBoundsException error) {
      throw new NotOffered("this client fails to read that a client is missing");
    }
  }

  /**
   * After a refused login the client goes on to forget what it was about; a next one that comes too
   * soon is forgotten as well. The answer to a ping comes after that.
   */
  private static Object logIn(IggyBaseClient client, Supplier<IdentityInfo> login) {
    try {
      return Results.identity(login.get());
    } catch (IggyServerException error) {
      client.system().ping();
      throw error;
    }
  }

  private static void addUsers() {
    add(
        "user.login",
        (client, given) ->
            logIn(
                client,
                () -> client.users().login(given.text("username"), given.text("password"))));
    addVoid("user.logout", (client, given) -> client.users().logout());
    add(
        "user.create",
        (client, given) ->
            Results.user(
                client
                    .users()
                    .createUser(
                        given.text("username"),
                        given.text("password"),
                        given.status().orElse(UserStatus.Active),
                        given.find("permissions").map(Rights::read))));
    add("user.get", (client, given) -> orNull(client.users().getUser(given.user()), Results::user));
    add("user.list", (client, given) -> list(client.users().getUsers(), Results::user));
    addVoid(
        "user.update",
        (client, given) ->
            client
                .users()
                .updateUser(
                    given.user(),
                    given.find("username").map(Arguments.Value::text),
                    given.status()));
    addVoid(
        "user.permissions",
        (client, given) ->
            client
                .users()
                .updatePermissions(given.user(), given.find("permissions").map(Rights::read)));
    addVoid(
        "user.password",
        (client, given) ->
            client
                .users()
                .changePassword(given.user(), given.text("current"), given.text("next")));
    addVoid("user.delete", (client, given) -> client.users().deleteUser(given.user()));
  }

  private static void addTokens() {
    add(
        "token.login",
        (client, given) ->
            logIn(
                client,
                () ->
                    client
                        .personalAccessTokens()
                        .loginWithPersonalAccessToken(given.text("token"))));
    add(
        "token.create",
        (client, given) ->
            object(
                "token",
                client
                    .personalAccessTokens()
                    .createPersonalAccessToken(
                        given.text("name"), given.wide("expiryMicros", "never"))
                    .token()));
    add(
        "token.list",
        (client, given) ->
            list(client.personalAccessTokens().getPersonalAccessTokens(), Results::token));
    addVoid(
        "token.delete",
        (client, given) ->
            client.personalAccessTokens().deletePersonalAccessToken(given.text("name")));
  }

  private static void addStreams() {
    add(
        "stream.create",
        (client, given) -> Results.stream(client.streams().createStream(given.text("name"))));
    add(
        "stream.get",
        (client, given) -> orNull(client.streams().getStream(given.stream()), Results::stream));
    add("stream.list", (client, given) -> list(client.streams().getStreams(), Results::stream));
    addVoid(
        "stream.update",
        (client, given) -> client.streams().updateStream(given.stream(), given.text("name")));
    addMissing("stream.purge", "this client cannot purge streams");
    addVoid("stream.delete", (client, given) -> client.streams().deleteStream(given.stream()));
  }

  private static void addTopics() {
    add("topic.create", Operations::createTopic);
    add(
        "topic.get",
        (client, given) ->
            orNull(client.topics().getTopic(given.stream(), given.topic()), Results::topic));
    add(
        "topic.list",
        (client, given) -> list(client.topics().getTopics(given.stream()), Results::topic));
    addVoid("topic.update", Operations::updateTopic);
    addMissing("topic.purge", "this client cannot purge topics");
    addVoid(
        "topic.delete",
        (client, given) -> client.topics().deleteTopic(given.stream(), given.topic()));
    addVoid(
        "partition.create",
        (client, given) ->
            client
                .partitions()
                .createPartitions(given.stream(), given.topic(), given.number("count")));
    addVoid(
        "partition.delete",
        (client, given) ->
            client
                .partitions()
                .deletePartitions(given.stream(), given.topic(), given.number("count")));
    addMissing("segment.delete", "this client cannot delete segments");
  }

  private static Object createTopic(IggyBaseClient client, Arguments given) {
    return Results.topic(
        client
            .topics()
            .createTopic(
                given.stream(),
                given.number("partitions"),
                given.compression(),
                given.wide("expiryMicros", "never"),
                given.wide("maxSizeBytes", "unlimited"),
                given.replicationFactor(),
                given.text("name")));
  }

  private static void updateTopic(IggyBaseClient client, Arguments given) {
    client
        .topics()
        .updateTopic(
            given.stream(),
            given.topic(),
            given.compression(),
            given.wide("expiryMicros", "never"),
            given.wide("maxSizeBytes", "unlimited"),
            given.replicationFactor(),
            given.text("name"));
  }

  private static void addGroups() {
    add(
        "group.create",
        (client, given) ->
            Results.group(
                client
                    .consumerGroups()
                    .createConsumerGroup(given.stream(), given.topic(), given.text("name"))));
    add(
        "group.get",
        (client, given) ->
            orNull(
                client
                    .consumerGroups()
                    .getConsumerGroup(given.stream(), given.topic(), given.group()),
                Results::group));
    add(
        "group.list",
        (client, given) ->
            list(
                client.consumerGroups().getConsumerGroups(given.stream(), given.topic()),
                Results::group));
    addVoid(
        "group.join",
        (client, given) ->
            client
                .consumerGroups()
                .joinConsumerGroup(given.stream(), given.topic(), given.group()));
    addVoid(
        "group.leave",
        (client, given) ->
            client
                .consumerGroups()
                .leaveConsumerGroup(given.stream(), given.topic(), given.group()));
    addVoid(
        "group.delete",
        (client, given) ->
            client
                .consumerGroups()
                .deleteConsumerGroup(given.stream(), given.topic(), given.group()));
  }

  private static void addOffsets() {
    add(
        "offset.get",
        (client, given) ->
            orNull(
                client
                    .consumerOffsets()
                    .getConsumerOffset(
                        given.stream(), given.topic(), given.partition(), given.reader()),
                Results::offset));
    addVoid(
        "offset.store",
        (client, given) ->
            client
                .consumerOffsets()
                .storeConsumerOffset(
                    given.stream(),
                    given.topic(),
                    given.partition(),
                    given.reader(),
                    given.get("offset").wide()));
    addMissing("offset.delete", "this client cannot delete offsets");
  }

  private static void addMessages() {
    addVoid(
        "message.send",
        (client, given) ->
            client
                .messages()
                .sendMessages(
                    given.stream(),
                    given.topic(),
                    given.target(),
                    given.list("messages").stream().map(Messages::read).toList()));
    add(
        "message.poll",
        (client, given) ->
            Messages.show(
                client
                    .messages()
                    .pollMessages(
                        given.stream(),
                        given.topic(),
                        given.partition(),
                        given.reader(),
                        given.origin(),
                        given.number("count"),
                        given.flag("autoCommit"))));
    addMissing("message.flush", "this client cannot flush");
  }
}

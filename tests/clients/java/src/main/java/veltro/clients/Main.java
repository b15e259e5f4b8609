package veltro.clients;

import java.util.List;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;

/** The official Java client: {@code <host:port> write|verify|group|errors [count] [batch]}. */
public final class Main {
  public static void main(String[] arguments) {
    if (arguments.length < 2) {
      System.err.println("usage: <host:port> write|verify|group|errors [count] [batch]");
      System.exit(1);
    }
    String mode = arguments[1];
    try {
      long messages = run(List.of(arguments));
      System.out.printf(
          "{\"client\":\"java\",\"mode\":\"%s\",\"messages\":%d,\"ok\":true}%n", mode, messages);
      System.exit(0);
    } catch (RuntimeException reason) {
      System.err.printf("java %s failed: %s%n", mode, reason);
      System.exit(1);
    }
  }

  /** Answers the number of messages that the mode was about. */
  private static long run(List<String> arguments) {
    String[] address = arguments.get(0).split(":");
    String mode = arguments.get(1);
    Plan plan = new Plan(number(arguments, 2, 100_000), Math.max(1, number(arguments, 3, 1000)));
    try (IggyTcpClient client = connect(address[0], Integer.parseInt(address[1]))) {
      switch (mode) {
        case "write" -> {
          logIn(client);
          new Write(client, plan).run();
          new Verify(client, plan, true).run();
        }
        case "verify" -> {
          logIn(client);
          new Verify(client, plan, false).run();
        }
        case "group" -> {
          logIn(client);
          new Group(client).check();
          return Plan.BALANCED.size() + Plan.KEYED.size();
        }
        case "errors" -> {
          new Errors(client).run();
          return 0;
        }
        default -> throw new IllegalArgumentException("unknown mode " + mode);
      }
    }
    return plan.count();
  }

  private static long number(List<String> arguments, int index, long otherwise) {
    return arguments.size() > index ? Long.parseLong(arguments.get(index)) : otherwise;
  }

  /** One connection only: membership of a group belongs to a connection. */
  private static IggyTcpClient connect(String host, int port) {
    IggyTcpClient client =
        IggyTcpClient.builder().host(host).port(port).connectionPoolSize(1).build();
    client.connect();
    return client;
  }

  private static void logIn(IggyTcpClient client) {
    Check.same("user id of root", client.users().login("iggy", "iggy").userId(), 0L);
    client.system().ping();
  }
}

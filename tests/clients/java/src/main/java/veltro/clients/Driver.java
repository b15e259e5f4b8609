package veltro.clients;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.iggy.client.blocking.IggyBaseClient;
import org.apache.iggy.exception.IggyErrorCode;
import org.apache.iggy.exception.IggyServerException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers lines, with the clients that are open by the names that the lines give them. */
final class Driver {
  private static final long LIMIT_SECONDS = 30;

  /** Payloads may be long. */
  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build();

  private static final JsonMapper JSON =
      new JsonMapper(JsonFactory.builder().streamReadConstraints(CONSTRAINTS).build());

  private final Map<String, IggyBaseClient> clients = new HashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  String answer(String line) {
    JsonNode request = parse(line);
    Map<String, Object> answer;
    try {
      answer = Results.object("ok", withinLimit(request));
    } catch (NotOffered reason) {
      answer = Results.object("notOffered", reason.getMessage());
    } catch (Misunderstood reason) {
      throw reason;
    } catch (IggyServerException error) {
      answer = failure(error.getRawErrorCode(), nameOf(error));
    } catch (RuntimeException error) {
      answer = failure(0, describe(error));
    }
    answer.put("id", request.get("id"));
    return JSON.writeValueAsString(answer);
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JacksonException error) {
      throw new Misunderstood(error.getOriginalMessage());
    }
  }

  private static Map<String, Object> failure(int code, String text) {
    return Results.object("error", Results.object("code", code, "text", text));
  }

  private static String nameOf(IggyServerException error) {
    boolean known = error.getErrorCode() != IggyErrorCode.UNKNOWN;
    return known ? error.getErrorCode().name() : error.getMessage();
  }

  /** With the reasons, for which the client has rather general wrappers. */
  private static String describe(Throwable error) {
    Throwable cause = error.getCause();
    return cause == null ? error.toString() : error + ", because of " + describe(cause);
  }

  /** The client itself would wait for ever for the answer of a broker that is gone. */
  private Object withinLimit(JsonNode request) {
    Future<Object> result = threads.submit(() -> perform(request));
    try {
      return result.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException error) {
      result.cancel(true);
      throw new CancellationException("no answer within %d s".formatted(LIMIT_SECONDS));
    } catch (ExecutionException error) {
      throw error.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(error.getCause());
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }

  private Object perform(JsonNode request) throws IOException {
    String name = request.path("client").asString("");
    String operation = request.path("op").asString("");
    Arguments arguments = Arguments.of(request.path("args"));
    return switch (operation) {
      case "open" -> open(name, arguments);
      case "close" -> close(name);
      default -> Operations.named(operation).perform(client(name), arguments);
    };
  }

  private Object open(String name, Arguments arguments) throws IOException {
    if (clients.containsKey(name)) {
      close(name);
    }
    clients.put(name, Connections.open(arguments));
    return null;
  }

  private Object close(String name) throws IOException {
    IggyBaseClient client = client(name);
    clients.remove(name);
    ((Closeable) client).close();
    return null;
  }

  private IggyBaseClient client(String name) {
    IggyBaseClient client = clients.get(name);
    if (client == null) {
      throw new Misunderstood("no client \"%s\" is open".formatted(name));
    }
    return client;
  }
}

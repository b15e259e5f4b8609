package veltro.clients;

import java.util.Optional;
import org.apache.iggy.client.blocking.IggyBaseClient;
import org.apache.iggy.client.blocking.tcp.IggyTcpClient;
import org.apache.iggy.client.blocking.tcp.IggyTcpClientBuilder;

/** Opens clients. */
final class Connections {
  private Connections() {}

  static IggyBaseClient open(Arguments arguments) {
    String transport = arguments.find("transport").map(Arguments.Value::text).orElse("tcp");
    return switch (transport) {
      case "tcp" -> openTcp(arguments);
      default -> throw new NotOffered("this driver opens TCP connections alone");
    };
  }

  /**
   * One connection only: membership of a group belongs to a connection. The ping waits for the
   * handshake of TLS, which the client does not.
   */
  private static IggyBaseClient openTcp(Arguments arguments) {
    String address = arguments.text("address");
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon);
    IggyTcpClientBuilder builder =
        IggyTcpClient.builder()
            .host(host)
            .port(Integer.valueOf(address.substring(colon + 1)))
            .connectionPoolSize(1);
    arguments.find("tls").ifPresent(tls -> addTls(builder, tls.object(), host));
    Optional<String> username = arguments.find("username").map(Arguments.Value::text);
    username.ifPresent(name -> builder.credentials(name, arguments.text("password")));
    if (username.isPresent()) {
      return builder.buildAndLogin();
    }
    IggyTcpClient client = builder.build();
    try {
      client.connect();
      client.system().ping();
    } catch (RuntimeException error) {
      client.close();
      throw error;
    }
    return client;
  }

  private static void addTls(IggyTcpClientBuilder builder, Arguments tls, String host) {
    if (tls.find("certFile").isPresent() || tls.find("keyFile").isPresent()) {
      throw new NotOffered("this client has no certificate of its own");
    }
    if (tls.find("domain").filter(domain -> !domain.text().equals(host)).isPresent()) {
      throw new NotOffered("this client takes the domain from the address");
    }
    builder.enableTls();
    tls.find("caFile").ifPresent(file -> builder.tlsCertificate(file.text()));
  }
}

package veltro.clients;

/** Why the client cannot do what it is asked for. */
final class NotOffered extends RuntimeException {
  NotOffered(String reason) {
    super(reason);
  }
}

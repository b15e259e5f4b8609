package veltro.clients;

/** A line that this driver does not understand. */
final class Misunderstood extends RuntimeException {
  Misunderstood(String reason) {
    super(reason);
  }
}

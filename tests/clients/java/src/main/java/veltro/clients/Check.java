package veltro.clients;

import java.math.BigInteger;
import java.util.Objects;
import org.apache.iggy.exception.IggyServerException;

/** What a test asserts, with a sentence that says what it was about. */
final class Check extends RuntimeException {
  private Check(String message) {
    super(message);
  }

  static void same(String what, Object actual, Object wanted) {
    if (!Objects.equals(actual, wanted)) {
      throw new Check("%s: got %s, wanted %s".formatted(what, actual, wanted));
    }
  }

  static void same(String what, BigInteger actual, long wanted) {
    same(what, actual, BigInteger.valueOf(wanted));
  }

  /** The request must fail with this status, and the client must know which kind of error it is. */
  static void fails(
      String what, int code, Class<? extends IggyServerException> kind, Runnable request) {
    try {
      request.run();
    } catch (IggyServerException error) {
      same(what, error.getRawErrorCode(), code);
      same(what, error.getClass(), kind);
      return;
    }
    throw new Check("%s: succeeded, wanted error %d".formatted(what, code));
  }
}

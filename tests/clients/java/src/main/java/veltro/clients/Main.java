package veltro.clients;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The driver of the official Java client: it does what the lines on standard input say and answers
 * each by a line on standard output. tests/clients/DRIVER.md describes them.
 */
public final class Main {
  public static void main(String[] arguments) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Driver driver = new Driver();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      try {
        answers.println(driver.answer(line));
      } catch (Misunderstood reason) {
        System.err.printf("%s: %.200s%n", reason.getMessage(), line);
        System.exit(2);
      }
    }
    // The threads of clients that are still open would go on.
    System.exit(0);
  }
}

/**
 * A value that its format refuses. The message completes the sentence "<field> is <value>, but …",
 * so that callers put the field and the value in front.
 */
export class FormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FormatError';
  }
}

/**
 * A request, response or configuration that the protocol's rules refuse, with the status code that
 * goes to the client. Only the number travels; the detail is for logs and for callers in this
 * process.
 */
export class WireError extends Error {
  /** Status code of the error table, never 0. */
  readonly code: number;

  constructor(code: number, detail: string) {
    super(detail);
    this.name = 'WireError';
    this.code = code;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { httpStallTimeoutMs } from '../../../wire/limits.ts';
import type { BodySink, HostRequest, HostResponse, HostStream, StreamHead } from './host.ts';

const NO_CONTENT = 204;
const NO_TIMEOUT = 0;

/** One request that `node:http` received. */
export class NodeRequest implements HostRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: string;
  isAborted = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;
  #onAborted: (() => void) | undefined;
  #onSent: (() => void) | undefined;
  #onTaken: (() => void) | undefined;

  /** `isLast` says whether the connection is to end with the response. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    peer: string,
    isLast: () => boolean,
  ) {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.peer = peer;
    this.#request = request;
    this.#response = response;
    this.#isLast = isLast;
    response.on('close', () => this.onClose());
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  onAborted(listener: () => void): void {
    this.#onAborted = listener;
  }

  receive(sink: BodySink): void {
    this.#request.on('data', (chunk: Uint8Array) => sink.onChunk(chunk));
    this.#request.on('end', () => sink.onEnd());
    // Who goes in the middle of a body is heard of by `onAborted`.
    this.#request.on('error', () => {});
  }

  respond({ status, headers, body }: HostResponse, onSent?: () => void): void {
    this.#onSent = onSent;
    if (this.isAborted) return this.#sent();
    const response = this.#response;
    for (const [name, value] of headers) response.appendHeader(name, value);
    if (this.#isLast()) response.setHeader('connection', 'close');
    const isEmpty = status === NO_CONTENT;
    if (!isEmpty) response.setHeader('content-length', Buffer.byteLength(body));
    response.writeHead(status);
    // A client that takes nothing for so long is given up; until the next request it is idle.
    this.#request.socket.setTimeout(httpStallTimeoutMs);
    response.end(isEmpty || this.method === 'HEAD' ? undefined : body);
    // What was not read of the body is dropped, so that the connection can be used again.
    this.#request.resume();
  }

  stream(head: StreamHead): HostStream {
    const response = this.#response;
    for (const [name, value] of head.headers) response.appendHeader(name, value);
    if (this.#isLast()) response.setHeader('connection', 'close');
    if (!this.isAborted) response.writeHead(head.status).flushHeaders();
    return {
      write: (part, onTaken) => this.#writePart(part, onTaken),
      end: (part, onSent) => this.#endStream(part, onSent),
    };
  }

  /** A client that takes nothing for so long is given up; one that waits for us is not. */
  #writePart(part: string | Uint8Array, onTaken: () => void): void {
    const { socket } = this.#request;
    this.#onTaken = onTaken;
    if (this.isAborted) return this.#taken();
    socket.setTimeout(httpStallTimeoutMs);
    this.#response.write(part, () => {
      // Called without an error for who has gone as well, of which `onClose` hears.
      if (socket.destroyed) return;
      socket.setTimeout(NO_TIMEOUT);
      this.#taken();
    });
  }

  #endStream(part: string, onSent: () => void): void {
    this.#onTaken = undefined;
    this.#onSent = onSent;
    if (this.isAborted) return this.#sent();
    this.#request.socket.setTimeout(httpStallTimeoutMs);
    this.#response.end(part);
  }

  protected onClose(): void {
    if (!this.#response.writableFinished) {
      this.isAborted = true;
      this.#onAborted?.();
    }
    this.#taken();
    this.#sent();
  }

  #taken(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }

  #sent(): void {
    this.#onSent?.();
    this.#onSent = undefined;
  }
}

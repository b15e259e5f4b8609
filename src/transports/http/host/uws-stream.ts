import { STATUS_CODES } from 'node:http';
import type { Header, HostRequest, HostStream, StreamHead } from './host.ts';
import type { UwsResponse } from './uws-api.ts';

/**
 * A response of uWebSockets.js in chunks. The library keeps what the socket does not take, says
 * when the socket takes more, and sends what it kept with the next chunk only: hence the filler.
 */
export class UwsStream implements HostStream {
  readonly #response: UwsResponse;
  readonly #filler: string;
  readonly #request: Pick<HostRequest, 'isAborted'>;
  #onTaken: (() => void) | undefined;

  constructor(
    request: Pick<HostRequest, 'isAborted'>,
    response: UwsResponse,
    { status, headers, filler }: StreamHead,
  ) {
    this.#request = request;
    this.#response = response;
    this.#filler = filler;
    if (request.isAborted) return;
    response.onWritable(() => this.#goOn());
    response.cork(() => writeHead(response, status, headers));
  }

  /** The client has gone: nobody need wait for it. */
  drop(): void {
    this.#taken();
  }

  write(part: string | Uint8Array, onTaken: () => void): void {
    this.#onTaken = onTaken;
    if (this.#request.isAborted) return this.#taken();
    let isTaken = false;
    this.#response.cork(() => {
      isTaken = this.#response.write(part);
    });
    if (isTaken) this.#taken();
  }

  /** Without a filler: at the end the library forgets who wants to write, and sends what it has. */
  end(part: string, onSent: () => void): void {
    this.#onTaken = undefined;
    if (!this.#request.isAborted) this.#response.cork(() => this.#response.end(part));
    onSent();
  }

  #goOn(): boolean {
    if (this.#onTaken === undefined) return true;
    const isTaken = this.#response.write(this.#filler);
    if (isTaken) this.#taken();
    return isTaken;
  }

  #taken(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }
}

/** The first lines of a response. */
export function writeHead(response: UwsResponse, status: number, headers: readonly Header[]): void {
  response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`);
  for (const [name, value] of headers) response.writeHeader(name, value);
}

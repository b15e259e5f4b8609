import type { TrustedNetworks } from '../../proxy/trusted-networks.ts';
import type { TlsIdentity, TlsSettings } from '../../tls-settings.ts';
import type { SocketOptions } from './host-socket.ts';

/** A header as it is sent: name and value. */
export type Header = readonly [name: string, value: string];

/** A whole response; the host adds `content-length` and `date`. */
export interface HostResponse {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string | Uint8Array;
}

/** The head of a response whose body comes part by part. */
export interface StreamHead {
  readonly status: number;
  readonly headers: readonly Header[];
  /** A part that means nothing; a host may send it to bring others on their way. */
  readonly filler: string;
}

/** A response whose body comes part by part, for as long as it takes. */
export interface HostStream {
  /**
   * Sends a part. `onTaken` is called when the system has taken all of it, or never will; until
   * then only the end may follow, and bytes must stay as they are.
   */
  write(part: string | Uint8Array, onTaken: () => void): void;
  /** Sends the last part; `onSent` is called when the system has taken it, or never will. */
  end(part: string, onSent: () => void): void;
}

/** How the body of a request arrives. */
export interface BodySink {
  /** Some bytes, which are valid only during the call. */
  onChunk(chunk: Uint8Array): void;
  onEnd(): void;
}

/** One request, and the way to answer it, whatever the host is. */
export interface HostRequest {
  /** In capitals. */
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark; empty without one. */
  readonly query: string;
  /** The other end of the connection as `ip:port`, IPv6 in brackets. */
  readonly peer: string;
  /** The client has gone: what is answered from now on is dropped. */
  readonly isAborted: boolean;
  /** The value of a header by its name in lower case; several are joined by commas. */
  header(name: string): string | undefined;
  /** Called once when the client goes before it was answered. */
  onAborted(listener: () => void): void;
  /** Must be called before the handler returns; what arrives of a body is dropped otherwise. */
  receive(sink: BodySink): void;
  /**
   * Answers, once; `onSent` is called when the system has taken the response, or never will. A
   * request by HEAD is answered as GET, and the host leaves the body out.
   */
  respond(response: HostResponse, onSent?: () => void): void;
  /** Answers with a body that comes part by part; instead of `respond`, and not by HEAD. */
  stream(head: StreamHead): HostStream;
}

/** Gets every request whose head has arrived. */
export type RequestHandler = (request: HostRequest) => void;

/** Where and how a host listens. */
export interface HostOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Undefined for plain HTTP. */
  readonly tls: TlsSettings | undefined;
  /** Who names clients by the PROXY protocol; undefined when nobody does. */
  readonly proxies: TrustedNetworks | undefined;
  readonly onRequest: RequestHandler;
  /** Without it, requests to become a WebSocket are like all others. */
  readonly sockets?: SocketOptions;
  readonly log: (message: string, fields: Record<string, unknown>) => void;
}

/** What speaks HTTP: it knows nothing of what is asked and answered. */
export interface HttpHost {
  readonly name: string;
  /** Resolves with the bound `ip:port`. */
  listen(): Promise<string>;
  /** Connections from now on are shown this; those that are open stay as they are. */
  useTlsIdentity(identity: TlsIdentity): void;
  /**
   * Takes no connections any more; those that are idle end, the others once they are answered.
   * WebSockets stay until they are closed.
   */
  drain(): void;
  /** Ends what is left at once, WebSockets too. */
  destroy(): void;
}

import { printAddress } from '../../addresses.ts';
import type { HostOptions, HttpHost } from './host.ts';
import type { ListenSocket, Uws, UwsApp } from './uws-api.ts';
import { UwsRequest } from './uws-request.ts';
import { uwsSockets } from './uws-upgrade.ts';

/**
 * Speaks HTTP by uWebSockets.js, which lives in the event loop of this thread. Without TLS: it
 * takes certificates as files only, and cannot exchange them while it listens.
 */
export class UwsHost implements HttpHost {
  readonly name = 'uWebSockets.js';
  readonly #options: HostOptions;
  readonly #uws: Uws;
  readonly #app: UwsApp;
  readonly #isLast = () => this.#isDraining;
  #socket: ListenSocket | undefined;
  #isDraining = false;
  #isDestroyed = false;

  constructor(options: HostOptions, uws: Uws) {
    this.#options = options;
    this.#uws = uws;
    this.#app = uws.App().any('/*', (response, request) => {
      options.onRequest(new UwsRequest(request, response, this.#isLast));
    });
    if (options.sockets !== undefined) {
      this.#app.ws('/*', uwsSockets(options.sockets, this.#isLast));
    }
  }

  listen(): Promise<string> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#app.listen(host, port, (socket) => {
        if (socket === false) return reject(cannotListen(host, port));
        this.#socket = socket;
        resolve(printAddress(host, this.#uws.us_socket_local_port(socket)));
      });
    });
  }

  useTlsIdentity(): void {
    throw new Error('This host speaks no TLS.');
  }

  /** Idle connections stay open until `destroy`; nothing tells which are. */
  drain(): void {
    this.#isDraining = true;
    if (this.#socket !== undefined) this.#uws.us_listen_socket_close(this.#socket);
    this.#socket = undefined;
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.drain();
    this.#app.close();
  }
}

/** In the form of the errors of Node.js: the library does not say why. */
function cannotListen(host: string, port: number): Error {
  const address = printAddress(host, port);
  const error = new Error(`listen EADDRINUSE: address already in use ${address}`);
  return Object.assign(error, { code: 'EADDRINUSE', syscall: 'listen', address: host, port });
}

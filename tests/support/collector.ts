import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that a collector got. */
export interface Collected {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A collector for OTLP over HTTP that keeps what it gets. */
export class Collector implements AsyncDisposable {
  readonly collected: Collected[] = [];
  /** What requests are answered with. */
  status = 200;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on('request', async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const contentType = request.headers['content-type'] ?? '';
      collector.collected.push({ path: request.url ?? '', contentType, body });
      response.writeHead(collector.status, { 'content-type': contentType }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return collector;
  }

  /** Without a path. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

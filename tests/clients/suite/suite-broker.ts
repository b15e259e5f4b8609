import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from '../../support/broker-process.ts';
import { freePort } from '../../support/free-port.ts';
import type { Transport } from './operations.ts';

const THREADS = 2;
/** Sent messages may be as large as over other transports. */
const httpSettings: Settings = { VELTRO_HTTP_MAX_REQUEST_SIZE: '100 MB' };
/** Options of a broker process that say where it listens. */
const optionNames: Readonly<Record<Transport, string>> = {
  tcp: 'address',
  quic: 'quic',
  http: 'http',
  ws: 'websocket',
};

/** Settings of a broker by their environment names. */
export type Settings = Readonly<Record<string, string>>;

/** What a scenario needs of its broker. */
export interface Broker {
  /** `host:port` of the transport that is tested, the same after a restart. */
  readonly address: string;
  /** `host:port` of TCP, which is always there. */
  readonly tcpAddress: string;
  /** What it logged last. */
  readonly log: readonly string[];
  /** Ends it and starts it again on what it has stored. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A broker on a folder and an address of its own that can be ended and started again. */
export class SuiteBroker implements Broker, AsyncDisposable {
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'veltro-clients-'));
  readonly #settings: Settings;
  readonly #transport: Transport;
  #process: BrokerProcess | undefined;
  #address = '';

  private constructor(settings: Settings, transport: Transport) {
    this.#settings = settings;
    this.#transport = transport;
  }

  static async start(settings: Settings = {}, transport: Transport = 'tcp'): Promise<SuiteBroker> {
    const broker = new SuiteBroker(settings, transport);
    await broker.#start();
    return broker;
  }

  get address(): string {
    return this.#address;
  }

  get tcpAddress(): string {
    return this.#process?.addresses.tcp ?? '';
  }

  get log(): readonly string[] {
    return this.#process?.log ?? [];
  }

  /** A SIGTERM must lead to exit code 0. */
  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#end(signal);
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#end('SIGTERM');
    } finally {
      await this.#process?.end('SIGKILL');
      rmSync(this.#dataDir, { recursive: true, force: true });
    }
  }

  async #start(): Promise<void> {
    const settings = { ...(this.#transport === 'http' && httpSettings), ...this.#settings };
    const place = { dataDir: this.#dataDir, threads: THREADS, settings };
    // A port that the system has chosen cannot be had again at once, if it is one of HTTP.
    const address = this.#address || `127.0.0.1:${await freePort()}`;
    const listens = { [optionNames[this.#transport]]: address };
    this.#process = await BrokerProcess.start({ ...place, ...listens });
    const { tcp, quic, http, websocket } = this.#process.addresses;
    this.#address = quic ?? http ?? websocket ?? tcp;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const code = await this.#process?.end(signal);
    if (signal === 'SIGTERM') assert.equal(code, 0, `the broker ended with ${code}`);
  }
}

import { scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, type BrokerStatistics } from '../../src/broker/broker.ts';
import { createLogger } from '../../src/broker/logger.ts';
import type { BrokerOptions } from '../../src/broker/options.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import { ROOT_USER_ID } from '../../src/catalog/state.ts';
import { Cipher } from '../../src/encryption/cipher.ts';

/** A broker for one test: `await using` stops it and removes its own folder. */
export type TestBroker = Broker & {
  /** Lines that it logged as errors, oldest first. */
  readonly errors: readonly string[];
  /** What it held before anybody connected. */
  readonly idle: BrokerStatistics;
  readonly speaksTls: boolean;
};

/** The ways that bytes come in and go out by, and the settings that choose them. */
export const receiveSettings = {
  auto: { 'tcp.receive': 'auto' },
  copy: { 'tcp.receive': 'copy', 'tcp.send_files': false },
  tls: { 'tcp.tls.enabled': true },
} as const;

/** Their names. */
export const receiveWays = Object.keys(receiveSettings) as (keyof typeof receiveSettings)[];

const DEFAULT_ROOT = { username: 'iggy', password: 'iggy' } as const;

/**
 * Starts a broker on a free port, with the root user iggy / iggy. Without a `dataDir` it gets a
 * fresh folder, in which the root password is hashed at the lowest cost: tests may log in often.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const folder = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'veltro-')) : undefined;
  if (folder !== undefined) await createRoot(folder, options);
  const errors: string[] = [];
  const destination = { write: (line: string) => errors.push(line) };
  const broker = await Broker.start({
    threads: 2,
    dataDir: folder,
    tcp: { port: 0 },
    logger: createLogger({ level: 'error', format: 'json', destination }),
    ...options,
  });
  const dispose = async () => {
    await broker.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const idle = broker.statistics;
  const speaksTls = options.settings?.['tcp.tls.enabled'] === true;
  return Object.assign(broker, { errors, idle, speaksTls, [Symbol.asyncDispose]: dispose });
}

async function createRoot(
  dataDir: string,
  { rootCredentials: root = DEFAULT_ROOT, settings = {} }: BrokerOptions,
): Promise<void> {
  const cost = { N: 2, r: 1, p: 1 };
  const salt = Buffer.alloc(16, 1);
  const hash = scryptSync(root.password, salt, 32, cost);
  const passwordHash = ['scrypt', cost.N, cost.r, cost.p, ...[salt, hash].map(base64)].join('$');
  const key = Buffer.from(String(settings['system.encryption.key'] ?? ''), 'base64');
  const cipher = key.byteLength > 0 ? new Cipher(key) : undefined;
  const catalog = await Catalog.open(dataDir, false, () => {}, cipher);
  const user = { id: ROOT_USER_ID, createdAt: Date.now() * 1000, name: root.username };
  await catalog.transact((propose) => propose({ type: 'user.create', ...user, passwordHash }));
  await catalog.close();
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

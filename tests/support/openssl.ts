import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** True when there is an openssl; else the test is skipped, and says why. */
export function hasOpenssl(t: TestContext): boolean {
  const isThere = spawnSync('openssl', ['version']).status === 0;
  if (!isThere) t.skip('there is no openssl on this machine');
  return isThere;
}

/** What `openssl s_client` said and received. */
export interface Handshake {
  readonly code: number | null;
  readonly text: string;
  readonly received: Buffer;
}

/**
 * Connects as `openssl s_client` with these options, sends bytes, and ends when as many as expected
 * have come back, or when the broker ends the connection.
 */
export async function opensslClient(
  address: string,
  options: readonly string[],
  sent: Buffer = Buffer.alloc(0),
  expectedBytes = 0,
): Promise<Handshake> {
  const fixed = ['s_client', '-connect', address, '-quiet', '-no_ign_eof', '-verify_quiet'];
  const child = spawn('openssl', [...fixed, ...options], { stdio: 'pipe' });
  let text = '';
  let received = Buffer.alloc(0);
  child.stderr.on('data', (chunk) => (text += chunk));
  child.stdout.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.byteLength >= expectedBytes) child.stdin.end();
  });
  child.stdin.on('error', () => {});
  if (sent.byteLength > 0) child.stdin.write(sent);
  if (expectedBytes === 0) child.stdin.end();
  await once(child, 'close');
  return { code: child.exitCode, text, received };
}

/** What `openssl s_client` says of a handshake: protocol, cipher, certificate and verification. */
export async function describeHandshake(
  address: string,
  options: readonly string[],
): Promise<string> {
  const child = spawn('openssl', ['s_client', '-connect', address, ...options], { stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  child.stdin.on('error', () => {});
  child.stdin.end();
  await once(child, 'close');
  return text;
}

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority and certificates that it has signed for clients of these names. */
export class TestAuthority {
  readonly #folder: string;
  readonly cert: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.cert = this.#file(name, 'cert');
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes'];
    openssl('req', '-x509', ...EC_KEY, ...subject, ...this.#outputs(name));
  }

  issue(name: string): CertificateFiles {
    const request = this.#file(name, 'request');
    const key = this.#file(name, 'key');
    const cert = this.#file(name, 'cert');
    const subject = ['-subj', `/CN=${name}`, '-nodes'];
    openssl('req', ...EC_KEY, ...subject, '-keyout', key, '-out', request);
    const signer = ['-CA', this.cert, '-CAkey', this.cert.replace('.cert.', '.key.')];
    openssl('x509', '-req', '-in', request, ...signer, '-days', '2', '-out', cert);
    return { cert, key };
  }

  #outputs(name: string): string[] {
    return ['-keyout', this.#file(name, 'key'), '-out', this.#file(name, 'cert')];
  }

  #file(name: string, kind: string): string {
    return join(this.#folder, `${name}.${kind}.pem`);
  }
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] as const;

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { stdio: 'pipe' });
}

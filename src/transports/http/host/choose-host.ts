import { createRequire } from 'node:module';
import type { HostOptions, HttpHost } from './host.ts';
import type { Uws } from './uws-api.ts';

/** Which host is wanted: the fastest that works here, or the one that works everywhere. */
export type HttpEngine = 'auto' | 'node';

/**
 * uWebSockets.js where it is wanted, loads, and can do what is asked for; `node:http` otherwise.
 * The log says which it is, and why.
 */
export async function chooseHost(engine: HttpEngine, options: HostOptions): Promise<HttpHost> {
  const why = whyNotUws(engine, options);
  const uws = why === undefined ? loadUws() : why;
  const reason = typeof uws === 'string' ? uws : undefined;
  const host = typeof uws === 'string' ? await nodeHost(options) : await uwsHost(options, uws);
  options.log('Chose what speaks HTTP.', { engine: host.name, reason });
  return host;
}

function whyNotUws(engine: HttpEngine, { tls, proxies }: HostOptions): string | undefined {
  if (engine === 'node') return 'the configuration says so';
  if (proxies !== undefined) return 'the PROXY protocol is on';
  return tls === undefined ? undefined : 'TLS is on';
}

/** The library, or the first line of why it does not load. */
function loadUws(): Uws | string {
  try {
    return createRequire(import.meta.url)('uWebSockets.js');
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

async function nodeHost(options: HostOptions): Promise<HttpHost> {
  const { NodeHost } = await import('./node-host.ts');
  return new NodeHost(options);
}

async function uwsHost(options: HostOptions, uws: Uws) {
  const { UwsHost } = await import('./uws-host.ts');
  return new UwsHost(options, uws);
}

import type { Config, RootCredentials } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import type { Logger } from './logger.ts';

/** How an embedded broker is started; all else has the defaults of the configuration. */
export interface BrokerOptions {
  /**
   * A whole configuration; with it the other options but `logger` and `requireQuic` are not looked
   * at.
   */
  readonly config?: Config;
  /** Where everything is kept; created when missing. Default: `local_data`. */
  readonly dataDir?: string;
  /** Shard workers; default: one less than the cores, at least 1. */
  readonly threads?: number;
  /** Where to listen; port 0 picks a free one. Default: 127.0.0.1:8090. */
  readonly tcp?: { readonly host?: string; readonly port?: number };
  /** Where to listen for QUIC, and that it must be possible; default: nowhere. */
  readonly quic?: { readonly host?: string; readonly port?: number };
  /** Where to listen for WebSockets; port 0 picks a free one. Default: not at all. */
  readonly websocket?: { readonly host?: string; readonly port?: number };
  /** Where to listen for HTTP; port 0 picks a free one. Default: not at all. */
  readonly http?: { readonly host?: string; readonly port?: number };
  /** The root user of a new data directory. Default: iggy / iggy. */
  readonly rootCredentials?: RootCredentials;
  /** Any further keys of the configuration by name, such as `'system.segment.size': '64 MiB'`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Rejects where QUIC is not possible instead of warning. Default: true where `quic` is given. */
  readonly requireQuic?: boolean;
  /** Default: warnings and errors on standard error. */
  readonly logger?: Logger;
}

const DEFAULT_TCP = { host: '127.0.0.1', port: 8090 };
const DEFAULT_QUIC = { host: '127.0.0.1', port: 8080 };
const DEFAULT_WEBSOCKET = { host: '127.0.0.1', port: 8092 };
const DEFAULT_HTTP = { host: '127.0.0.1', port: 3000 };

/** The configuration that the options stand for. Throws `ConfigError`. */
export function configOf(options: BrokerOptions): Config {
  if (options.config !== undefined) return options.config;
  const tcp = { ...DEFAULT_TCP, ...options.tcp };
  const quic = { ...DEFAULT_QUIC, ...options.quic };
  const websocket = { ...DEFAULT_WEBSOCKET, ...options.websocket };
  const http = { ...DEFAULT_HTTP, ...options.http };
  const config = loadConfig({
    withDefaultRootCredentials: true,
    flags: {
      'quic.enabled': options.quic !== undefined,
      'quic.address': addressOf(quic),
      'websocket.enabled': options.websocket !== undefined,
      'websocket.address': addressOf(websocket),
      'http.enabled': options.http !== undefined,
      'http.address': addressOf(http),
      ...options.settings,
      'system.path': options.dataDir,
      'system.sharding.cpu_allocation': options.threads,
      'tcp.address': addressOf(tcp),
    },
  });
  return { ...config, rootCredentials: options.rootCredentials ?? config.rootCredentials };
}

/** Whether somebody asked for QUIC, so that going on without would be wrong. */
export function requiresQuic({ config, quic, requireQuic }: BrokerOptions): boolean {
  return requireQuic ?? (config === undefined && quic !== undefined);
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

import type { Config } from '../../config/config.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { WriteRefusals } from '../commands/write-refusals.ts';
import type { Cipher } from '../encryption/cipher.ts';
import { AccessTokens } from '../security/access-tokens.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import type { MetricsReader } from '../transports/http/api/operation.ts';
import { Callers } from '../transports/http/callers.ts';
import type { CommandServices } from '../transports/http/command-call.ts';
import { GroupSessions } from '../transports/http/group-sessions.ts';
import { healthProblems } from '../transports/http/health.ts';
import { HttpListener, type HttpServices } from '../transports/http/listener.ts';
import { TrustedNetworks } from '../transports/proxy/trusted-networks.ts';
import type { TlsIdentity } from '../transports/tls-settings.ts';
import { loadAccessTokenKeys } from './access-token-keys.ts';
import type { Logger } from './logger.ts';

export { GroupSessions };

/** What a listener for HTTP looks at besides the configuration. */
export interface HttpParts {
  readonly router: ShardRouter;
  readonly writeRefusals: WriteRefusals;
  readonly logger: Logger;
  /** Undefined without TLS. */
  readonly identity: TlsIdentity | undefined;
}

/** The listener for HTTP that a configuration asks for; it does not listen yet. */
export function makeHttpListener({ http, loadBalancer }: Config, parts: HttpParts): HttpListener {
  const { router, writeRefusals, logger, identity } = parts;
  const trusted = new TrustedNetworks(loadBalancer.trusted);
  return new HttpListener({
    host: http.address.host,
    port: http.address.port,
    engine: http.engine,
    tls: identity && { ...http.tls, identity },
    bodyBytesMax: http.maxBodyBytes,
    cors: http.cors,
    proxies: http.proxyProtocol ? trusted : undefined,
    forwarders: http.forwardedFor ? trusted : undefined,
    problems: (phase) => healthProblems(phase, router, writeRefusals),
    // What is expected is not worth loading what formats a line at every start.
    log: (message, fields) =>
      logger[fields.reason === undefined ? 'debug' : 'info'](fields, message),
    onBug: (error) => logger.error(error),
  });
}

/** What a listener for HTTP serves requests with. Rejects with a `ConfigError` for bad keys. */
export async function makeHttpServices(
  { http, system }: Config,
  catalog: Catalog,
  cipher: Cipher | undefined,
  commands: CommandServices,
  groupSessions: GroupSessions,
  metrics: MetricsReader,
): Promise<HttpServices> {
  const keys = await loadAccessTokenKeys(http.jwt, system.path, cipher);
  const { encodingSecret, decodingSecret, useBase64Secret, ...settings } = http.jwt;
  const tokens = new AccessTokens({ ...settings, keys });
  const callers = new Callers(catalog, tokens);
  return { commands, callers, groupSessions, metrics: http.metrics.enabled ? metrics : undefined };
}

import convict from 'convict';
import { type Bounds, formats } from './formats.ts';
import { consumerKeys } from './keys/consumers.ts';
import { dataMaintenanceKeys } from './keys/data-maintenance.ts';
import { deduplicationKeys } from './keys/deduplication.ts';
import type { KeyDefinition } from './keys/definition.ts';
import { encryptionKeys } from './keys/encryption.ts';
import { httpKeys } from './keys/http.ts';
import { jwtKeys } from './keys/http-jwt.ts';
import { loadBalancerKeys } from './keys/load-balancer.ts';
import { loginKeys } from './keys/login-limit.ts';
import { quicKeys } from './keys/quic.ts';
import { systemKeys } from './keys/system.ts';
import { tcpKeys } from './keys/tcp.ts';
import { telemetryKeys } from './keys/telemetry.ts';
import { tlsKeysOf } from './keys/tls.ts';
import { webSocketKeys } from './keys/websocket.ts';

const rows = [
  ...systemKeys,
  ...deduplicationKeys,
  ...encryptionKeys,
  ...dataMaintenanceKeys,
  ...consumerKeys,
  ...loginKeys,
  ...loadBalancerKeys,
  ...telemetryKeys,
  ...tcpKeys,
  ...tlsKeysOf('tcp'),
  ...quicKeys,
  ...webSocketKeys,
  ...tlsKeysOf('websocket'),
  ...httpKeys,
  ...jwtKeys,
  ...tlsKeysOf('http'),
] as const;

/** Dotted name of a configuration key. */
export type ConfigKey = (typeof rows)[number]['key'];

/** Every configuration key, in the order of the documentation. */
export const keyDefinitions: readonly (KeyDefinition & { readonly key: ConfigKey })[] = rows;

const definitionsByKey = new Map<string, KeyDefinition>(rows.map((row) => [row.key, row]));

/** The definition of a dotted name, undefined when there is no such key. */
export function findKey(name: string): KeyDefinition | undefined {
  return definitionsByKey.get(name);
}

/** The environment name of a key: `tcp.max_connections` is `VELTRO_TCP_MAX_CONNECTIONS`. */
export function environmentName(key: string, prefix: 'VELTRO' | 'IGGY' = 'VELTRO'): string {
  return `${prefix}_${key.replaceAll('.', '_').toUpperCase()}`;
}

type SchemaNode = { [name: string]: SchemaNode | convict.SchemaObj };

function nestedSchema(): SchemaNode {
  const root: SchemaNode = {};
  for (const definition of keyDefinitions) {
    const names = definition.key.split('.');
    const last = names.pop() as string;
    let node = root;
    for (const name of names) {
      node[name] ??= {};
      node = node[name] as SchemaNode;
    }
    node[last] = { ...definition, env: environmentName(definition.key) };
  }
  return root;
}

convict.addFormats(
  Object.fromEntries(
    Object.entries(formats).map(([name, format]): [string, convict.Format] => [
      name,
      { validate: (raw, definition) => void format.parse(raw, definition as Bounds) },
    ]),
  ),
);

/** Raw values by key in layers, as convict has them: default, then file, then environment. */
export type Settings = convict.Config<Record<string, unknown>>;

/** Settings that hold the defaults and the given environment (`VELTRO_…` names only). */
export function createSettings(environment: Readonly<Record<string, string>>): Settings {
  return convict(nestedSchema() as convict.Schema<Record<string, unknown>>, {
    env: environment as NodeJS.ProcessEnv,
    args: [],
  });
}

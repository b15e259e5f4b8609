import { stringify } from 'smol-toml';
import type { Config } from './config.ts';
import { type ConfigValue, formats, type PrintedValue } from './formats.ts';
import { nest, type Table } from './nest.ts';
import { keyDefinitions } from './schema.ts';

const shownKeys = keyDefinitions.filter(({ isSecret }) => !isSecret);

function fieldOf(config: Config, field: string): ConfigValue {
  let value: unknown = config;
  for (const name of field.split('.')) value = (value as Table)[name];
  return value as ConfigValue;
}

/** Where listeners are really bound, as `IP:port`: no port is 0 any more. */
export interface BoundAddresses {
  readonly tcp?: string;
  readonly http?: string;
  readonly quic?: string;
  readonly websocket?: string;
}

/**
 * The effective configuration as TOML that a broker reads again, with the addresses that were bound
 * and without root credentials and other secrets.
 */
export function effectiveToml(config: Config, bound: BoundAddresses = {}): string {
  const values = new Map<string, PrintedValue>(
    shownKeys.map(({ key, field, format }) => [key, formats[format].print(fieldOf(config, field))]),
  );
  for (const [transport, address] of Object.entries(bound)) {
    if (address !== undefined) values.set(`${transport}.address`, address);
  }
  return stringify(nest(values));
}

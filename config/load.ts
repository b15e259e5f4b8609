import { arenaBytesFor, arenaBytesNeeded } from '../src/wire/limits.ts';
import { printByteSize } from './byte-size.ts';
import { type Config, ConfigError } from './config.ts';
import { type Environment, firstSet, readEnvironment } from './environment.ts';
import { readConfigFile } from './file.ts';
import { FormatError } from './format-error.ts';
import { AUTO_BYTES, type ConfigValue, formats } from './formats.ts';
import type { KeyDefinition } from './keys/definition.ts';
import { nearest } from './nearest.ts';
import { nest } from './nest.ts';
import { readRootCredentials } from './root-credentials.ts';
import {
  type ConfigKey,
  createSettings,
  findKey,
  keyDefinitions,
  type Settings,
} from './schema.ts';

/** Where a configuration comes from, the strongest source first. */
export interface ConfigSources {
  /** Raw values by key, in any spelling that a file may use; `undefined` is not given. */
  readonly flags?: Readonly<Partial<Record<ConfigKey, unknown>>>;
  /** `VELTRO_…` and `IGGY_…` variables; none by default. */
  readonly environment?: Environment;
  /** A TOML or JSON file; default: `VELTRO_CONFIG_PATH`, then `IGGY_CONFIG_PATH`, then no file. */
  readonly file?: string;
  /** Root is `iggy` with password `iggy` where the environment gives no others. Default: false. */
  readonly withDefaultRootCredentials?: boolean;
}

function knownFlags(flags: NonNullable<ConfigSources['flags']>, problems: string[]) {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const keyNames = keyDefinitions.map(({ key }) => key) as [string, ...string[]];
  for (const [name] of given) {
    if (findKey(name) !== undefined) continue;
    problems.push(
      `${name} is no configuration key; the nearest one is ${nearest(name, keyNames)}.`,
    );
  }
  return new Map(given.filter(([name]) => findKey(name) !== undefined));
}

/** The resolved value of a key; undefined, and a sentence in `problems`, when it is refused. */
function resolveValue(
  definition: KeyDefinition,
  raw: unknown,
  source: string,
  problems: string[],
): ConfigValue | undefined {
  try {
    return formats[definition.format].parse(raw, definition);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const value = definition.isSecret ? 'not shown' : JSON.stringify(raw);
    problems.push(`${definition.key} is ${value} (from ${source}), but it ${error.message}.`);
    return undefined;
  }
}

/** What the broker keeps in the data directory under names of its own. */
const reservedFolders = ['catalog', 'http', 'logs', 'lost+found', 'tls'];

/** The runtime folder is emptied at every start, so it must be nobody else's. */
function sharedFolders({ runtime, stream }: Config['system']): string[] {
  const problems: string[] = [];
  for (const [key, path] of [
    ['system.runtime.path', runtime.path],
    ['system.stream.path', stream.path],
  ]) {
    if (!reservedFolders.includes(path)) continue;
    problems.push(`${key} is "${path}", but that folder of the data directory is taken.`);
  }
  if (runtime.path === stream.path) {
    problems.push(
      `system.runtime.path is "${runtime.path}", but it must differ from system.stream.path.`,
    );
  }
  return problems;
}

/** What the keys give; the rest of a configuration comes from elsewhere. */
type Configured = Omit<Config, 'rootCredentials' | 'warnings'>;

/** Fills in the memory where it follows from threads and frame size. */
function withMemory(configured: Configured): Configured {
  const { system, tcp } = configured;
  if (system.memoryPool.sizeBytes !== AUTO_BYTES) return configured;
  const { sharding, messageDeduplication } = system;
  const sizeBytes = arenaBytesFor(
    sharding.threads,
    tcp.maxFrameBytes,
    messageDeduplication.enabled,
  );
  return { ...configured, system: { ...system, memoryPool: { sizeBytes } } };
}

/** Rules between keys, checked once each key for itself is right. */
function contradictions({ system, tcp }: Config): string[] {
  const problems = sharedFolders(system);
  if (system.topic.maxSizeBytes < system.segment.sizeBytes) {
    const size = printByteSize(system.topic.maxSizeBytes);
    const limit = printByteSize(system.segment.sizeBytes);
    problems.push(
      `system.topic.max_size is ${size}, but it must be at least system.segment.size, ` +
        `which is ${limit}.`,
    );
  }
  const { enabled: removesDuplicates } = system.messageDeduplication;
  const needed = arenaBytesNeeded(system.sharding.threads, tcp.maxFrameBytes, removesDuplicates);
  if (needed > system.memoryPool.sizeBytes) {
    problems.push(
      `system.memory_pool.size is ${printByteSize(system.memoryPool.sizeBytes)}, but ` +
        `${system.sharding.threads} threads and a tcp.max_frame_size of ` +
        `${printByteSize(tcp.maxFrameBytes)}${removesDuplicates ? ' with deduplication' : ''} ` +
        `need ${printByteSize(needed)}.`,
    );
  }
  return problems;
}

function layerSettings(
  environment: Readonly<Record<string, string>>,
  file: ReadonlyMap<string, unknown>,
  flags: ReadonlyMap<string, unknown>,
): Settings {
  const settings = createSettings(environment);
  settings.load(nest(file));
  for (const [key, raw] of flags) settings.set(key, raw);
  return settings;
}

/**
 * The effective configuration: flag before environment before file before default.
 * @throws ConfigError with a sentence for every mistake in any source.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { environment = {}, flags = {}, withDefaultRootCredentials = false } = sources;
  const fromEnvironment = readEnvironment(environment);
  const path = sources.file ?? firstSet(environment, 'VELTRO_CONFIG_PATH', 'IGGY_CONFIG_PATH');
  const fromFile = path === undefined ? { values: new Map(), problems: [] } : readConfigFile(path);
  const root = readRootCredentials(environment, withDefaultRootCredentials);
  const problems = [...fromEnvironment.problems, ...fromFile.problems, ...root.problems];
  const fromFlags = knownFlags(flags, problems);

  const settings = layerSettings(fromEnvironment.values, fromFile.values, fromFlags);
  const sourceOf = ({ key, flag }: KeyDefinition): string => {
    if (fromFlags.has(key)) return flag ?? 'an option';
    return fromEnvironment.sources.get(key) ?? path ?? 'the default';
  };
  const fields = keyDefinitions.map((definition): [string, ConfigValue | undefined] => [
    definition.field,
    resolveValue(definition, settings.get(definition.key), sourceOf(definition), problems),
  ]);
  if (problems.length > 0) throw new ConfigError(problems);
  settings.validate({ allowed: 'strict' });

  const config: Config = {
    ...withMemory(nest(fields) as unknown as Configured),
    rootCredentials: root.credentials,
    warnings: [...fromEnvironment.warnings, ...root.warnings],
  };
  const contradicting = contradictions(config);
  if (contradicting.length > 0) throw new ConfigError(contradicting);
  return config;
}

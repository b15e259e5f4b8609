import type { KeyDefinition } from './keys/definition.ts';
import { nearest } from './nearest.ts';
import { environmentName, keyDefinitions } from './schema.ts';

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about configuration keys. */
export interface EnvironmentLayer {
  /** Raw values by `VELTRO_…` name, wherever they came from. */
  readonly values: Readonly<Record<string, string>>;
  /** The variable that each key's value came from. */
  readonly sources: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Variables with a meaning of their own, here or in the reference and its other programs. */
const otherVariables = new Set([
  'VELTRO_CONFIG_PATH',
  'VELTRO_ROOT_USERNAME',
  'VELTRO_ROOT_PASSWORD',
  'VELTRO_SERVER',
  'IGGY_CONFIG_PATH',
  'IGGY_ROOT_USERNAME',
  'IGGY_ROOT_PASSWORD',
  'IGGY_ENV_PATH',
  'IGGY_DISPLAY_CONFIG',
  'IGGY_CI_BUILD',
  'IGGY_CONNECTORS_CONFIG_PATH',
  'IGGY_MCP_CONFIG_PATH',
  'IGGY_USERNAME',
  'IGGY_PASSWORD',
  'IGGY_HOME',
]);
const otherPrefixes = [
  'VELTRO_TEST_',
  'IGGY_TEST_',
  'IGGY_CONNECTORS_SINK_',
  'IGGY_CONNECTORS_SOURCE_',
];

/** Rows of a list of tables that the environment can hold. */
const rowNumbers = Array.from({ length: 10 }, (_, row) => row);

const tableKeys = keyDefinitions.filter(({ columns }) => columns !== undefined);
const keyNames = keyDefinitions.map((definition) => definition.key);

function keyNamesWith(prefix: 'VELTRO' | 'IGGY'): [string, ...string[]] {
  return keyNames.map((key) => environmentName(key, prefix)) as [string, ...string[]];
}

function unknownVariables(environment: Environment, prefix: 'VELTRO' | 'IGGY'): string[] {
  const known = keyNamesWith(prefix);
  const columns = new Set(tableKeys.flatMap((key) => columnNames(key, prefix)));
  return Object.keys(environment)
    .filter((name) => name.startsWith(`${prefix}_`) && isSet(environment, name))
    .filter((name) => !known.includes(name) && !otherVariables.has(name) && !columns.has(name))
    .filter((name) => !otherPrefixes.some((start) => name.startsWith(start)))
    .map((name) => `${name} is no configuration key; the nearest one is ${nearest(name, known)}`);
}

/** The names of all cells of a list of tables, row by row. */
function columnNames({ key, columns = [] }: KeyDefinition, prefix: 'VELTRO' | 'IGGY'): string[] {
  return rowNumbers.flatMap((row) =>
    columns.map((column) => environmentName(`${key}.${row}.${column}`, prefix)),
  );
}

/** A list of tables from one variable for each cell, as JSON; undefined when none is set. */
function tableOf(
  environment: Environment,
  definition: KeyDefinition,
  prefix: 'VELTRO' | 'IGGY',
): string | undefined {
  const names = columnNames(definition, prefix);
  const { columns = [] } = definition;
  const rows = rowNumbers.map((row) =>
    columns.flatMap((column, index): [string, string | undefined][] => {
      const name = names[row * columns.length + index];
      return isSet(environment, name) ? [[column, environment[name]]] : [];
    }),
  );
  const last = rows.findLastIndex((cells) => cells.length > 0);
  if (last < 0) return undefined;
  return JSON.stringify(rows.slice(0, last + 1).map((cells) => Object.fromEntries(cells)));
}

function isSet(environment: Environment, name: string): boolean {
  return environment[name] !== undefined && environment[name] !== '';
}

/** The value of the first of these variables that is set and not empty. */
export function firstSet(environment: Environment, ...names: string[]): string | undefined {
  const name = names.find((candidate) => isSet(environment, candidate));
  return name === undefined ? undefined : environment[name];
}

/**
 * Sorts out the `VELTRO_…` and `IGGY_…` variables; where both name a key, `VELTRO_…` wins. Empty
 * variables count as unset. An unknown `VELTRO_…` name is a problem, an unknown `IGGY_…` name only
 * a warning, because the same environment may serve a reference deployment.
 */
export function readEnvironment(environment: Environment): EnvironmentLayer {
  const values: Record<string, string> = {};
  const sources = new Map<string, string>();
  for (const key of keyNames) {
    const own = environmentName(key);
    const source = [own, environmentName(key, 'IGGY')].find((name) => isSet(environment, name));
    if (source === undefined) continue;
    values[own] = environment[source] as string;
    sources.set(key, source);
  }
  for (const definition of tableKeys) {
    const prefix = (['VELTRO', 'IGGY'] as const).find(
      (name) => tableOf(environment, definition, name) !== undefined,
    );
    if (prefix === undefined) continue;
    values[environmentName(definition.key)] = tableOf(environment, definition, prefix) as string;
    sources.set(definition.key, `${environmentName(definition.key, prefix)}_…`);
  }
  return {
    values,
    sources,
    problems: unknownVariables(environment, 'VELTRO').map((sentence) => `${sentence}.`),
    warnings: unknownVariables(environment, 'IGGY').map((text) => `${text}. It is ignored.`),
  };
}

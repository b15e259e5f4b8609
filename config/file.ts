import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'smol-toml';
import { nearest } from './nearest.ts';
import type { Table } from './nest.ts';
import { findKey, keyDefinitions } from './schema.ts';

/** What a configuration file says. */
export interface FileLayer {
  /** Raw values of the known keys by dotted name. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly string[];
}

const keyNames = keyDefinitions.map(({ key }) => key) as [string, ...string[]];
const sectionNames = new Set(
  keyNames.flatMap((key) => {
    const parts = key.split('.');
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
  }),
);

const secretNames = keyDefinitions.filter(({ isSecret }) => isSecret).map(({ key }) => key);

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0].replace(/\.$/, '');
}

function parseText(path: string, text: string): unknown {
  return extname(path).toLowerCase() === '.json' ? parseJson(text) : parse(text);
}

/** Node.js quotes from the text in its error, where a secret may stand. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error((error as Error).message.replace(/, (?:\.{3})?".*$/s, ''));
  }
}

/** A value for a sentence, unless a secret may be in it. */
function describe(name: string, value: unknown): string {
  if (secretNames.some((secret) => `${secret}.`.startsWith(`${name}.`))) return 'not shown';
  return JSON.stringify(value) ?? String(value);
}

/** Collects the known keys of a table into `values` and what does not fit into `problems`. */
function collect(
  path: string,
  section: string,
  table: Table,
  values: Map<string, unknown>,
  problems: string[],
): void {
  for (const [part, value] of Object.entries(table)) {
    const name = section === '' ? part : `${section}.${part}`;
    const definition = findKey(name);
    if (definition !== undefined) {
      const takesList = Array.isArray(definition.default) && Array.isArray(value);
      if (takesList || typeof value !== 'object' || value === null) values.set(name, value);
      else
        problems.push(`${name} (in ${path}) is ${describe(name, value)}, but it takes one value.`);
    } else if (!sectionNames.has(name)) {
      const hint = nearest(name, keyNames);
      problems.push(`${name} (in ${path}) is no configuration key; the nearest one is ${hint}.`);
    } else if (isTable(value)) {
      collect(path, name, value, values, problems);
    } else {
      problems.push(`${name} (in ${path}) is ${describe(name, value)}, but it must be a table.`);
    }
  }
}

/** Reads a TOML file, or a JSON file when its name ends in `.json`. */
export function readConfigFile(path: string): FileLayer {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  try {
    const root = parseText(path, readFileSync(path, 'utf8'));
    if (isTable(root)) collect(path, '', root, values, problems);
    else problems.push(`The configuration file ${path} must hold a table.`);
  } catch (error) {
    problems.push(`The configuration file ${path} cannot be read: ${firstLine(error)}.`);
  }
  return { values, problems };
}

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { CommandError, UsageError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** A broker that commands can be told to use by a name. */
export interface SavedContext {
  /** `iggy://host:port`, without credentials. */
  readonly server: string;
  /** Personal access token of a login, and its name at the broker. */
  readonly token?: string;
  readonly tokenName?: string;
}

/** All of them, and which one counts when none is named. */
export interface SavedContexts {
  readonly active?: string;
  readonly contexts: Readonly<Record<string, SavedContext>>;
}

/** The context of those who have not named any. */
export const DEFAULT_CONTEXT = 'default';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const OTHERS = 0o077;
const NOTHING: SavedContexts = { contexts: {} };

/** The name, if a new context may have it. */
export function checkContextName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new UsageError('The name of a context has 1 to 64 letters, digits, dots, dashes.');
}

/** The file in which contexts are saved, readable by its owner only. */
export class ContextFile {
  readonly #path: string | undefined;

  constructor(environment: Terminal['environment']) {
    this.#path = pathOf(environment);
  }

  /** Throws `CommandError` for a file that others may read, or that is no list of contexts. */
  read(): SavedContexts {
    const path = this.#path;
    if (path === undefined) return NOTHING;
    const text = textOf(path);
    if (text === undefined) return NOTHING;
    const saved = contextsOf(text);
    if (saved === undefined) {
      throw new CommandError(`${path} is no list of contexts; repair or remove it.`);
    }
    return saved;
  }

  /** The context of a name, undefined when there is none. */
  find(name: string): SavedContext | undefined {
    const { contexts } = this.read();
    return Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  }

  /** The context of a name. Throws `CommandError` when there is none. */
  get(name: string): SavedContext {
    const context = this.find(name);
    if (context !== undefined) return context;
    throw new CommandError(`There is no context ${name}; see veltro context list.`);
  }

  /** Adds or replaces a context; the first one becomes active. */
  save(name: string, context: SavedContext): void {
    const { active = name, contexts } = this.read();
    this.#write({ active, contexts: { ...contexts, [name]: context } });
  }

  /** Makes a context the active one. */
  use(name: string): void {
    this.get(name);
    this.#write({ ...this.read(), active: name });
  }

  delete(name: string): void {
    this.get(name);
    const { active, contexts } = this.read();
    const left = Object.entries(contexts).filter(([other]) => other !== name);
    const stays = active === name ? undefined : active;
    this.#write({ active: stays, contexts: Object.fromEntries(left) });
  }

  #write({ active, contexts }: SavedContexts): void {
    const path = this.#path;
    if (path === undefined) {
      throw new CommandError('Contexts need a home: set HOME or XDG_CONFIG_HOME.');
    }
    mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
    const text = stringify({ ...(active === undefined ? {} : { active }), contexts });
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, text, { mode: OWNER_ONLY_FILE, flush: true });
    renameSync(unfinished, path);
  }
}

function pathOf(environment: Terminal['environment']): string | undefined {
  const home = environment.HOME || environment.USERPROFILE;
  const folder = environment.XDG_CONFIG_HOME || (home && join(home, '.config'));
  return folder ? join(folder, 'veltro', 'contexts.toml') : undefined;
}

/** Undefined when there is no such file. */
function textOf(path: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  if (process.platform !== 'win32' && (file.mode & OTHERS) !== 0) {
    throw new CommandError(`${path} holds tokens and others may read it; run chmod 600 on it.`);
  }
  return readFileSync(path, 'utf8');
}

function contextsOf(text: string): SavedContexts | undefined {
  try {
    const { active, contexts = {} } = parse(text);
    const isName = active === undefined || typeof active === 'string';
    if (!isName || !isTable(contexts) || !Object.values(contexts).every(isContext))
      return undefined;
    return { active, contexts } as unknown as SavedContexts;
  } catch {
    return undefined;
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isContext(value: unknown): boolean {
  if (!isTable(value) || typeof value.server !== 'string') return false;
  const texts = [value.token, value.tokenName];
  return texts.every((text) => text === undefined || typeof text === 'string');
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '../../support/eventually.ts';

const SERVICE = 'org.freedesktop.secrets';
/** The bus, the keyring, and what asks the bus whether the keyring is there. */
const PROGRAMS = ['dbus-daemon', 'gnome-keyring-daemon', 'dbus-send'] as const;

/** Why no keyring can be started here; undefined when one can. */
export function whyNoKeyring(): string | undefined {
  const missing = PROGRAMS.filter((name) => spawnSync(name, ['--version']).error !== undefined);
  if (missing.length === 0) return undefined;
  return `a keyring needs ${missing.join(', ')}, not installed here`;
}

/** A keyring on a bus of its own: nothing of the user's is read or written. */
export class Keyring {
  readonly #children: ChildProcess[] = [];
  /** What a program needs to find it. */
  environment: Readonly<Record<string, string>> = {};

  static async start(folder: string): Promise<Keyring> {
    const runtime = join(folder, 'runtime');
    mkdirSync(runtime, { mode: 0o700 });
    const base = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: runtime };
    const keyring = new Keyring();
    const bus = keyring.#spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], base);
    const [address] = await once(createInterface({ input: bus.stdout! }), 'line');
    keyring.environment = { XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: address };
    const environment = { ...base, ...keyring.environment };
    const options = ['--foreground', '--unlock', '--components=secrets'];
    keyring.#spawn('gnome-keyring-daemon', options, environment).stdin!.end('password');
    await eventually('the keyring is on the bus', () => isOnBus(environment));
    return keyring;
  }

  #spawn(program: string, words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#children.push(child);
    child.stdout.resume();
    return child;
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null) continue;
      const closed = once(child, 'close');
      child.kill();
      await closed;
    }
  }
}

function isOnBus(env: NodeJS.ProcessEnv): boolean {
  const bus = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const question = ['org.freedesktop.DBus.NameHasOwner', `string:${SERVICE}`];
  const words = ['--session', '--print-reply', ...bus, ...question];
  return spawnSync('dbus-send', words, { env, encoding: 'utf8' }).stdout.includes('boolean true');
}

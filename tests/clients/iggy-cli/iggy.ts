import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BrokerProcess } from '../../support/broker-process.ts';
import { parseProperties, parseTable, type Row } from './output.ts';

/** The tool tries for ever to reach a broker that is gone. */
const RUN_LIMIT_MS = 60_000;

/** Words of a command line; a text is cut at its spaces. */
export type Words = string | readonly string[];

export interface RunOptions {
  /** Options that say where the broker is; its address unless given. */
  readonly connection?: Words;
  /** Options of the login, in front of the command; a token of the root user unless given. */
  readonly login?: Words;
  /** Standard input; closed at once unless given. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The tool under test, with a broker and a home folder of its own. */
export class Iggy {
  readonly #broker: BrokerProcess;
  readonly #program: string;
  /** For files of a test; also the tool's home. */
  readonly folder: string;
  /** Host and port of the broker. */
  readonly address: string;
  #token = '';

  private constructor(broker: BrokerProcess, program: string, folder: string) {
    this.#broker = broker;
    this.#program = program;
    this.folder = folder;
    this.address = new URL(broker.url).host;
  }

  /** Starts a broker on a free port; `VELTRO_TEST_IGGY` in the environment names the tool. */
  static async start(): Promise<Iggy> {
    const program = process.env.VELTRO_TEST_IGGY;
    if (program === undefined) throw new Error('Run scripts/test-iggy-cli.mjs: it finds the tool.');
    const folder = mkdtempSync(join(tmpdir(), 'veltro-iggy-'));
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    const broker = await BrokerProcess.start({ dataDir, threads: 2 });
    const iggy = new Iggy(broker, program, folder);
    // A token logs in without the cost of a password.
    const login = '--username iggy --password iggy';
    iggy.#token = (await iggy.#succeed('--quiet pat create suite', { login })).stdout.trim();
    return iggy;
  }

  async stop(): Promise<void> {
    const code = await this.#broker.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
    assert.equal(code, 0, this.#broker.log.join('\n'));
  }

  /** Runs the tool. It sees nothing of the user: no settings, no contexts, no keyring. */
  async run(words: Words, options: RunOptions = {}): Promise<Outcome> {
    const { input = '', environment } = options;
    const { connection = ['--tcp-server-address', this.address] } = options;
    const { login = ['--token', this.#token] } = options;
    const child = spawn(this.#program, [connection, login, words].flatMap(wordsOf), {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, TZ: 'UTC', ...environment },
      timeout: RUN_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    // A tool that reads no input may be gone before it is written.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await closed;
    return { code: child.exitCode, stdout, stderr };
  }

  async #succeed(words: Words, options?: RunOptions): Promise<Outcome> {
    const outcome = await this.run(words, options);
    assert.equal(outcome.code, 0, `iggy ${words}: ${outcome.stdout}${outcome.stderr}`);
    assert.equal(outcome.stderr, '', `iggy ${words}`);
    return outcome;
  }

  /** Runs a command that must succeed; answers what it printed below the line `Executing …`. */
  async print(words: Words, options?: RunOptions): Promise<string> {
    const { stdout } = await this.#succeed(words, options);
    assert.match(stdout, /^Executing .+\n/, `iggy ${words}`);
    return stdout.slice(stdout.indexOf('\n') + 1).trimEnd();
  }

  /** Runs a command that must succeed and print nothing when it is told to be quiet. */
  async quietly(words: Words, options?: RunOptions): Promise<void> {
    const { stdout } = await this.#succeed(['--quiet', ...wordsOf(words)], options);
    assert.equal(stdout, '', `iggy ${words}`);
  }

  /** Rows of a table by their titles. */
  async table(words: Words, options?: RunOptions): Promise<Row[]> {
    return parseTable(await this.print(words, options));
  }

  /** Values of a table of properties. */
  async properties(words: Words, options?: RunOptions): Promise<Row> {
    return parseProperties(await this.print(words, options));
  }

  /** Rows of a list, cut into their cells. */
  async list(words: Words, options?: RunOptions): Promise<string[][]> {
    const lines = (await this.print(`${words} --list-mode list`, options)).split('\n');
    return lines.filter((line) => line !== '').map((line) => line.split('|'));
  }

  /** Runs a command that must fail with a reason on standard error. */
  async fail(words: Words, reason: RegExp, options?: RunOptions): Promise<void> {
    const { code, stderr } = await this.run(words, options);
    assert.match(stderr, reason, `iggy ${words}`);
    assert.equal(code, 1, `iggy ${words}: ${stderr}`);
  }

  /** Runs a command line that the tool must not understand. */
  async misuse(words: Words, reason: RegExp): Promise<void> {
    const { code, stderr } = await this.run(words);
    assert.match(stderr, reason, `iggy ${words}`);
    assert.equal(code, 2, `iggy ${words}: ${stderr}`);
  }
}

export function wordsOf(words: Words): readonly string[] {
  return typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words;
}

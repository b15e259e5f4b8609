import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../config/load.ts';
import { type Verification, verifyDataDir } from '../../src/broker/verify.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { encryptionSettings, keyOfSeed } from '../support/encryption.ts';
import { shown, writeFigures } from '../support/figures.ts';
import { filesBelow } from '../support/files-below.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { testTime } from '../support/test-time.ts';
import { CrashLoad, PLAINTEXT_MARKER } from './crash-load.ts';

/** `npm run test:long -- --full` runs ten times as many, `VELTRO_TEST_ROUNDS` another number. */
const ROUNDS = Number(
  process.env.VELTRO_TEST_ROUNDS ?? (process.env.VELTRO_TEST_FULL === '1' ? 500 : 50),
);
/** Then a new directory begins, because every round reads all there is. */
const ROUNDS_PER_DIRECTORY = 25;
/** After so many kills each, all files are looked through for plaintext. */
const ROUNDS_PER_SEARCH = 5;
const ROUND_TIMEOUT_MS = 60_000;
const THREADS = [1, 2, 4];
/** Small, so that segments roll many times. */
const SETTINGS = { VELTRO_SYSTEM_SEGMENT_SIZE: '4 MiB' };

/** What was done to the directories in clear, or to the encrypted ones. */
const nothingDone = () => ({ kills: 0, acknowledged: 0, changes: 0, searches: 0, marked: 0 });
type Totals = ReturnType<typeof nothingDone>;

/** A data directory, encrypted or in clear throughout its life. */
class CrashDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'veltro-kill-'));
  readonly #isEncrypted: boolean;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #random: SeededRandom;
  readonly #totals: Totals;
  readonly #load = new CrashLoad();

  constructor(key: Buffer | null, random: SeededRandom, totals: Totals) {
    this.#isEncrypted = key !== null;
    this.#settings = { ...SETTINGS, ...encryptionSettings(key) };
    this.#random = random;
    this.#totals = totals;
  }

  /** Starts, checks, stops, verifies, starts, kills under load: so many times, then once more. */
  async run(rounds: number): Promise<void> {
    for (let round = 0; round <= rounds; round++) {
      const isLast = round === rounds;
      await this.#check(round, isLast);
      if (isLast) break;
      await this.#kill(round);
      this.#totals.kills++;
      if (round % ROUNDS_PER_SEARCH === 0) this.#search();
    }
    const withoutKey = await this.#assertSound({});
    assert.equal(withoutKey.isCatalogSealed, this.#isEncrypted);
    this.#totals.acknowledged += this.#load.acknowledged;
    this.#totals.changes += this.#load.changes;
  }

  async #check(round: number, isLast: boolean): Promise<void> {
    await this.#withBroker(round, 'SIGTERM', async ({ url }) => {
      if (round === 0) await this.#load.createTopics(url);
      await this.#load.verifyNew(url);
      if (isLast) await this.#load.verifyAll(url);
    });
    await this.#assertSound(this.#settings);
  }

  async #kill(round: number): Promise<void> {
    await this.#withBroker(round, 'SIGKILL', async (broker) => {
      const { ended } = await this.#load.begin(broker.url, this.#random);
      await delay(this.#random.integer(100, 1200));
      await broker.end('SIGKILL');
      await ended;
    });
  }

  async #withBroker(
    round: number,
    signal: 'SIGTERM' | 'SIGKILL',
    run: (broker: BrokerProcess) => Promise<void>,
  ): Promise<void> {
    const threads = THREADS[round % THREADS.length];
    const options = { dataDir: this.path, threads, settings: this.#settings };
    const broker = await BrokerProcess.start(options);
    try {
      await run(broker);
      await broker.end(signal);
    } finally {
      await broker.end('SIGKILL');
    }
  }

  async #assertSound(environment: Readonly<Record<string, string>>): Promise<Verification> {
    const { system } = loadConfig({ environment, flags: { 'system.path': this.path } });
    const verification = await verifyDataDir(system);
    assert.deepEqual(verification.findings, []);
    assert.ok(verification.wasStoppedCleanly);
    return verification;
  }

  /** Looks for plaintext in all files; where nothing is encrypted, to see that it can be found. */
  #search(): void {
    const isMarked = (path: string) => readFileSync(path).includes(PLAINTEXT_MARKER);
    const marked = filesBelow(this.path).filter(isMarked);
    if (this.#isEncrypted) assert.deepEqual(marked, []);
    this.#totals.marked += marked.length;
    this.#totals.searches++;
  }
}

test(`up to ${ROUNDS} kills under load lose no acknowledged message and repeat none`, {
  timeout: ROUNDS * ROUND_TIMEOUT_MS,
}, async (context) => {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const hasTime = testTime();
  const clear = nothingDone();
  const encrypted = nothingDone();
  for (let begun = 0; begun < ROUNDS && hasTime(); begun += ROUNDS_PER_DIRECTORY) {
    const key = keyOfSeed(random.seed + begun / ROUNDS_PER_DIRECTORY);
    const directory = new CrashDirectory(key, random, key === null ? clear : encrypted);
    context.diagnostic(`${directory.path} ${key === null ? 'in clear' : 'encrypted'}`);
    await directory.run(Math.min(ROUNDS - begun, ROUNDS_PER_DIRECTORY));
    // One in which something failed stays, to be looked at.
    rmSync(directory.path, { recursive: true });
  }
  const all = figuresOf(clear, encrypted);
  const ofThem = figuresOf(encrypted);
  context.diagnostic(all.join(', '));
  context.diagnostic(`encrypted: ${ofThem.join(', ')}`);
  for (const { kills, acknowledged, changes } of [clear, encrypted]) {
    assert.ok(acknowledged >= kills * 100, 'the load was too small to show anything');
    assert.ok(changes >= kills, 'the catalog was not changed');
  }
  assert.ok(clear.marked > 0 || clear.searches === 0, 'the search finds nothing');
  const sound = 'every directory sound by `veltro verify` after every start';
  const none = ['lost: 0', 'repeated: 0', sound];
  writeFigures('kills', [...all, ...none]);
  const searches = `${shown(encrypted.searches)} searches of all files after a kill`;
  writeFigures('kills, encrypted', [...ofThem, ...none, `${searches}, plaintext found: 0`]);
});

function sum(name: keyof Totals, ...parts: readonly Totals[]): number {
  return parts.reduce((total, part) => total + part[name], 0);
}

function figuresOf(...parts: readonly Totals[]): string[] {
  return [
    `${shown(sum('kills', ...parts))} kills`,
    `${shown(sum('acknowledged', ...parts))} acknowledged messages checked`,
    `${shown(sum('changes', ...parts))} acknowledged changes of the catalog checked`,
  ];
}

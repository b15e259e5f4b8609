import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Partition } from '../../src/storage/partition.ts';
import { PollReply } from '../../src/storage/poll-reply.ts';
import {
  decode,
  type ReadMessage,
  type TestMessage,
  TestShard,
  testMessage,
} from '../../src/storage/storage-test-kit.ts';
import type { Acknowledgement } from '../../src/wire/acknowledgement.ts';
import { status } from '../../src/wire/status.ts';
import { keyOfSeed, withSeededNonces } from '../support/encryption.ts';
import { FaultyFileSystem, randomFaults } from '../support/faulty-file-system.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';
import { SeededRandom } from '../support/random.ts';

const ALL = 0xffff_ffff;
const CONSUMER = 1;
const STEP_MICROS = 200_000;
const DAMAGE = /LOST|damaged|is where|contradicts|ends before/;
const NO_CACHE = { frameBytes: 0, regionBytes: 0 };

/** What a run has done. */
export interface RunCounts {
  runs: number;
  acknowledged: number;
  checked: number;
  faults: number;
  kills: number;
  powerCuts: number;
  /** Of everything that happened and all files: the same seed gives the same. */
  digest: string;
}

/** One run of so many steps. Everything follows from the seed, also whether it encrypts. */
export function runStorage(
  seed: number,
  level: Acknowledgement,
  steps: number,
): Promise<RunCounts> {
  return withSeededNonces(seed, () => new StorageFaultRun(seed, level).run(steps));
}

/**
 * A partition on a disk that fails, dies with its process and loses its power, beside a list of
 * what was acknowledged.
 */
class StorageFaultRun {
  readonly #random: SeededRandom;
  readonly #level: Acknowledgement;
  readonly #key: Buffer | null;
  readonly #disk = new MemoryFileSystem();
  readonly #faulty = new FaultyFileSystem(this.#disk);
  readonly #trace = createHash('sha256');
  readonly #counts: RunCounts = {
    runs: 1,
    acknowledged: 0,
    checked: 0,
    faults: 0,
    kills: 0,
    powerCuts: 0,
    digest: '',
  };
  #shard!: TestShard;
  #partition!: Partition;
  /** Id of the acknowledged message of each offset. */
  #acknowledged: (bigint | undefined)[] = [];
  /** Offsets of messages that were refused and found all the same. */
  readonly #adopted = new Set<number>();
  /** All messages, by their numbers, which their ids follow. */
  readonly #sent: TestMessage[] = [];
  /** Ids of messages that were refused: they may be there all the same. */
  readonly #refused = new Set<bigint>();
  /** So many of the acknowledged ones survive a loss of power. */
  #synced = 0;
  #stored = -1;
  #nowMicros = 0;
  #isAfterPowerCut = false;
  /** A sync has failed, and what it left in doubt is not restored yet. */
  #isInDoubt = false;
  /** A process has died in such doubt since the last purge. */
  #wasDoubtful = false;

  constructor(seed: number, level: Acknowledgement) {
    this.#random = new SeededRandom(seed);
    this.#level = level;
    this.#key = keyOfSeed(seed);
    this.#faulty.onFailedSync = (fd) => this.#disk.loseChanges(fd);
    this.#disk.makeFolder('/data');
    this.#disk.syncFolder('/');
    this.#open();
    this.#partition.create();
    this.#partition.offsets.create();
  }

  run(steps: number): RunCounts {
    for (let i = 0; i < steps; i++) this.#step();
    this.#heal();
    this.#restart();
    this.#note(this.#disk.digest());
    this.#shard.dispose();
    this.#counts.faults = this.#faulty.faultsCount;
    this.#counts.digest = this.#trace.digest('hex');
    return this.#counts;
  }

  #step(): void {
    this.#nowMicros += STEP_MICROS;
    const pick = this.#random.integer(0, 99);
    if (pick < 60) return this.#append();
    if (pick < 75) return this.#read();
    if (pick < 80) return this.#store();
    if (pick < 86) return this.#sync();
    if (pick < 91) return this.#spoil();
    if (pick < 93) return this.#restart();
    if (pick < 97) return this.#kill();
    if (pick < 98) return this.#purge();
    if (this.#level !== 'written') this.#cutPower();
  }

  #append(): void {
    const count = this.#random.integer(1, 6);
    const messages = Array.from({ length: count }, () => this.#nextMessage());
    const first = this.#partition.lastOffset + 1;
    const outcome = this.#shard.write(this.#partition, messages, false, this.#nowMicros);
    this.#note('append', outcome);
    this.#isInDoubt = outcome === status.CannotSyncFile || (this.#isInDoubt && outcome !== 0);
    if (outcome !== 0) {
      for (const { id } of messages) this.#refused.add(id);
      return;
    }
    const given = this.#partition.lastOffset + 1 - count;
    assert.ok(given >= first, `offset ${given} was given although ${first} was next`);
    for (const [i, { id }] of messages.entries()) {
      assert.equal(this.#acknowledged[given + i], undefined, `offset ${given + i} given twice`);
      this.#acknowledged[given + i] = id;
    }
    this.#counts.acknowledged += count;
    if (this.#level === 'synced') this.#synced = this.#acknowledged.length;
  }

  #nextMessage(): TestMessage {
    const number = this.#sent.length;
    const message = testMessage(number, this.#random.integer(0, 300), this.#random.integer(0, 3));
    this.#sent.push(message);
    return message;
  }

  /** A reader gets what is right or an error, also while the disk fails. */
  #read(): void {
    const from = this.#random.integer(0, Math.max(0, this.#partition.lastOffset + 2));
    const reply = new PollReply();
    const outcome = this.#partition.read(from, this.#random.integer(1, 50), reply);
    this.#note('read', outcome, reply.messagesCount);
    for (const message of decode(this.#shard.bytesOf(reply))) this.#check(message);
    reply.release(this.#shard.storage.cache);
  }

  #check({ offset, id, payload, headers }: ReadMessage): void {
    const expected = this.#acknowledged[offset];
    if (expected === undefined) assert.ok(this.#refused.has(id), `${id} was never sent`);
    else assert.equal(id, expected, `offset ${offset}`);
    const sent = this.#sent[Number(id) - 1];
    assert.equal(Buffer.compare(payload, sent.payload), 0, `offset ${offset} has another payload`);
    assert.equal(Buffer.compare(headers, sent.headers), 0, `offset ${offset} has other headers`);
    this.#counts.checked++;
  }

  #store(): void {
    if (this.#partition.lastOffset < 0) return;
    const offset = this.#random.integer(0, this.#partition.lastOffset);
    const isStored = this.#tries(() => this.#partition.offsets.store(1, CONSUMER, offset));
    this.#note('store', offset, isStored ? 0 : 1);
    // What was there before may be overwritten in part by what failed.
    this.#stored = isStored ? offset : -1;
  }

  #sync(): void {
    const outcome = this.#partition.sync(this.#nowMicros);
    this.#note('sync', outcome);
    this.#isInDoubt = outcome !== 0;
    if (outcome === 0) this.#synced = this.#acknowledged.length;
  }

  /** The disk begins to fail, or is well again. */
  #spoil(): void {
    const isBad = this.#random.next() < 0.6;
    this.#note('spoil', isBad ? 1 : 0);
    if (isBad) this.#faulty.plan = randomFaults(this.#random, this.#random.integer(20, 400));
    else this.#heal();
  }

  #heal(): void {
    this.#faulty.plan = () => undefined;
  }

  /** Only a stop that worked leaves what the next start trusts. */
  #restart(): void {
    const isSynced = this.#partition.sync(this.#nowMicros) === 0;
    this.#isInDoubt = !isSynced;
    const isClean = this.#tries(() => this.#partition.close()) && isSynced;
    this.#note('restart', isClean ? 0 : 1);
    if (isClean) this.#synced = this.#acknowledged.length;
    this.#disk.closeAll();
    this.#reopen(isClean);
  }

  #kill(): void {
    this.#counts.kills++;
    this.#note('kill');
    this.#disk.closeAll();
    this.#reopen();
  }

  #cutPower(): void {
    this.#counts.powerCuts++;
    this.#note('cut');
    this.#isAfterPowerCut = true;
    this.#disk.cutPower(this.#random);
    // Of what was not synced anything may be there, or nothing, also with gaps.
    const certain = this.#wasDoubtful ? 0 : this.#synced;
    for (const id of this.#acknowledged.splice(certain)) if (id) this.#refused.add(id);
    // And of what nobody was told of.
    for (const offset of this.#adopted) this.#forget(offset);
    this.#adopted.clear();
    this.#stored = -1;
    this.#reopen();
    const { firstOffset } = this.#partition;
    if (this.#wasDoubtful || this.#damages().length > 0 || firstOffset > 0) this.#purge();
    this.#isAfterPowerCut = false;
  }

  #forget(offset: number): void {
    const id = this.#acknowledged[offset];
    if (id === undefined) return;
    this.#refused.add(id);
    this.#acknowledged[offset] = undefined;
  }

  #purge(): void {
    this.#heal();
    this.#note('purge');
    // One that cannot be synced stays with what it has.
    if (this.#partition.sync(this.#nowMicros) !== 0) return;
    this.#partition.purge();
    this.#acknowledged = [];
    this.#adopted.clear();
    this.#wasDoubtful = false;
    this.#synced = 0;
    this.#stored = -1;
  }

  /** Opens what is there, at first perhaps with a disk that fails, and checks all of it. */
  #reopen(isClean = false): void {
    // Where it could not even note its doubt, the next one knows nothing of it.
    const isNoted = this.#shard.reports.every((line) => !line.includes('unsynced: '));
    this.#wasDoubtful ||= this.#isInDoubt && !isNoted;
    this.#isInDoubt = false;
    this.#open();
    if (!this.#tries(() => this.#partition.load(isClean))) {
      this.#note('load fails');
      this.#heal();
      this.#disk.closeAll();
      this.#open();
      this.#partition.load();
    }
    this.#heal();
    this.#checkAll();
  }

  #checkAll(): void {
    const found = this.#readAll();
    this.#note('found', found.size);
    for (const message of found.values()) this.#check(message);
    for (const [offset, id] of this.#acknowledged.entries()) {
      if (id !== undefined) assert.ok(found.has(offset), `acknowledged ${offset} is lost`);
    }
    // What was refused and is there now is as good as any other, until the power goes.
    for (const [offset, { id }] of found) {
      if (this.#acknowledged[offset] !== undefined) continue;
      this.#acknowledged[offset] = id;
      this.#adopted.add(offset);
    }
    const stored = this.#partition.offsets.get(1, CONSUMER);
    if (this.#stored >= 0) assert.equal(stored, this.#stored);
    assert.ok((stored ?? -1) <= this.#partition.lastOffset);
    const isWhole = this.#damages().length === 0 && found.size === this.#partition.lastOffset + 1;
    assert.ok(isWhole || this.#isAfterPowerCut, 'only a loss of power leaves gaps');
  }

  /** Every message that can be read, by its offset: behind a gap as well. */
  #readAll(): Map<number, ReadMessage> {
    const found = new Map<number, ReadMessage>();
    for (let next = 0; next <= this.#partition.lastOffset; ) {
      const reply = new PollReply();
      this.#partition.read(next, ALL, reply);
      const messages = decode(this.#shard.bytesOf(reply));
      for (const message of messages) found.set(message.offset, message);
      reply.release(this.#shard.storage.cache);
      next = (messages.at(-1)?.offset ?? next) + 1;
    }
    return found;
  }

  #damages(): string[] {
    return this.#shard.reports.filter((line) => DAMAGE.test(line));
  }

  #open(): void {
    this.#shard = new TestShard({
      system: this.#faulty,
      segmentBytes: 2048,
      acknowledgement: this.#level,
      encryptionKey: this.#key,
      // Of what was not synced a loss of power may leave zeros, which only this finds.
      validateChecksum: this.#isAfterPowerCut && (this.#level !== 'synced' || this.#wasDoubtful),
      budget: this.#random.next() < 0.5 ? NO_CACHE : undefined,
    });
    this.#partition = this.#shard.partition();
  }

  #tries(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return false;
    }
  }

  #note(...what: (string | number)[]): void {
    this.#trace.update(`${what.join(' ')}\n`);
  }
}

import { Caller, NotOffered } from './caller.ts';
import type { Driver } from './driver.ts';
import { Notes } from './notes.ts';
import type { Arguments, OpenArguments, Operation, Result, Transport } from './operations.ts';
import { assertShown, type Expected } from './shown.ts';
import type { Broker } from './suite-broker.ts';

const ROOT = { username: 'iggy', password: 'iggy' } as const;

/** What a scene is made of. */
export interface Stage {
  readonly broker: Broker;
  /** The client that is tested. */
  readonly driver: Driver;
  /** Veltro's own client, for what the other does not offer. */
  readonly helper: () => Driver;
  readonly notes: Notes;
  /** A word that no other scene on the broker has. */
  readonly name: string;
  /** Messages of the large scenarios. */
  readonly count: number;
  readonly transport: Transport;
}

/** What a scenario plays in: a broker, clients, and a name for what it creates. */
export class Scene {
  readonly broker: Broker;
  readonly name: string;
  readonly count: number;
  readonly transport: Transport;
  readonly #stage: Stage;
  readonly #callers: Caller[] = [];
  #helper: Caller | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.broker = stage.broker;
    this.name = stage.name;
    this.count = stage.count;
    this.transport = stage.transport;
  }

  /** True when the client has answered anything that can have shown something. */
  get hasShown(): boolean {
    return this.#callers.some(({ hasShown }) => hasShown);
  }

  /** Another client of the driver, connected and not logged in. */
  async connect(label: string, options: Partial<OpenArguments> = {}): Promise<Caller> {
    const { driver, notes, name } = this.#stage;
    const caller = new Caller(driver, `${name}-${label}`, notes);
    await caller.call('open', { ...this.#place, ...options });
    this.#callers.push(caller);
    return caller;
  }

  /** Another client of the driver, logged in as root or as the user that is named. */
  async open(label: string, user: { username: string; password: string } = ROOT): Promise<Caller> {
    const caller = await this.connect(label);
    await caller.call('user.login', user);
    return caller;
  }

  /** Does what a scenario needs by the client, or, when it does not offer that, by the helper. */
  async arrange<Op extends Operation>(
    caller: Caller,
    op: Op,
    args: Arguments<Op>,
  ): Promise<Result<Op>> {
    try {
      return await caller.arranged(op, args);
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
      this.#stage.notes.notOffered.add(error.message);
      return this.#byHelper(op, args, error);
    }
  }

  /** Veltro's own client, logged in as root. */
  async helper(): Promise<Caller> {
    if (this.#helper === undefined) {
      const { helper, name } = this.#stage;
      this.#helper = new Caller(helper(), `${name}-helper`, new Notes());
      await this.#helper.call('open', { ...this.#helperPlace, ...ROOT });
    }
    return this.#helper;
  }

  get #place(): Pick<OpenArguments, 'address' | 'transport'> {
    return { address: this.broker.address, transport: this.transport };
  }

  /** Over HTTP nobody is a member of a group, or among the clients: the helper can be both. */
  get #helperPlace(): Pick<OpenArguments, 'address' | 'transport'> {
    if (this.transport !== 'http') return this.#place;
    return { address: this.broker.tcpAddress, transport: 'tcp' };
  }

  /** Compares a result and notes the fields that the client does not show. */
  shows<Value>(what: string, actual: Value, expected: Expected<Value>): void {
    for (const path of assertShown(what, actual, expected)) this.#stage.notes.notShown.add(path);
  }

  /** Notes how the client differs from others. */
  quirk(sentence: string): void {
    this.#stage.notes.quirks.add(sentence);
  }

  async #byHelper<Op extends Operation>(
    op: Op,
    args: Arguments<Op>,
    reason: NotOffered,
  ): Promise<Result<Op>> {
    try {
      return await (await this.helper()).call(op, args);
    } catch (error) {
      throw error instanceof NotOffered ? reason : error;
    }
  }

  /** Closes all clients. */
  async end(): Promise<void> {
    const callers = [...this.#callers, ...(this.#helper ? [this.#helper] : [])];
    for (const caller of callers) await caller.close();
  }
}

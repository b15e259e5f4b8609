import type { Program } from '../ceiling/tools.ts';
import type { PeersOptions } from './arguments.ts';
import type { PeerName, Work } from './work.ts';

/** A broker's programs, found or made; plain values, so that they can be handed to a process. */
export interface Installation {
  readonly version: string;
  /** Files and folders that the peer needs to start. */
  readonly paths: Readonly<Record<string, string>>;
}

/** Where a broker keeps its data, and where it listens. */
export interface Place {
  /** Empty, and its alone. */
  readonly folder: string;
  /** Free a moment ago. */
  readonly ports: readonly number[];
  /** Shard workers of Veltro. */
  readonly threads: number;
}

/** How to start one broker. */
export interface Launch {
  readonly program: Program;
  /** Runs besides it and does not count as part of it. */
  readonly helper?: Program;
  /** Where its clients connect. */
  readonly port: number;
  /** A request that it answers as soon as it is ready; empty when it greets by itself. */
  readonly hello: Uint8Array;
}

/** One of those that are compared. */
export interface Peer {
  readonly name: PeerName;
  readonly title: string;
  /** What sends to it and reads from it. */
  readonly client: string;
  /** How it was set up, beyond where its files are and where it listens. */
  readonly settings: string;
  /** Finds or makes its programs. Throws when they cannot be had; the message says why. */
  install(options: PeersOptions): Installation;
  /** Writes what it needs into its folder and says how it is started. */
  launch(installation: Installation, place: Place): Launch;
  /** The command line that does a work, or deletes what the work has left there. */
  load(installation: Installation, port: number, work: Work | Deletion): Program;
  /** Why it does not do a work. */
  objection?(work: Work): string | undefined;
}

/** Takes away what so many clients have sent. */
export interface Deletion {
  readonly mode: 'delete';
  readonly connections: number;
}

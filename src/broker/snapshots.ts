import type { GetSnapshotRequest, SnapshotType } from '../wire/classic/commands/get-snapshot.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { filesystemOverview } from './filesystem-overview.ts';
import { processList, resourceUsage } from './process-report.ts';
import type { ArchiveEntry } from './zip-archive.ts';

/** What a snapshot asks of its broker. */
export interface SnapshotSources {
  readonly dataDir: string;
  /** The effective configuration, without secrets. */
  readonly configText: () => string;
  readonly logLines: () => readonly string[];
  readonly figures: () => Readonly<Record<string, unknown>>;
  readonly warn: (message: string) => void;
}

type Section = Exclude<SnapshotType, 'all'>;

const everything: readonly Section[] = [
  'filesystem_overview',
  'process_list',
  'resource_usage',
  'server_logs',
  'server_config',
];

/** Takes snapshots, one after the other: however many ask, one is in memory. */
export class Snapshots {
  readonly #sections: Readonly<Record<Section, () => string | Promise<string>>>;
  readonly #warn: (message: string) => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ dataDir, configText, logLines, figures, warn }: SnapshotSources) {
    this.#warn = warn;
    this.#sections = {
      filesystem_overview: () => filesystemOverview(dataDir),
      process_list: processList,
      resource_usage: () => resourceUsage(figures()),
      test: () => 'This is a test.\n',
      server_logs: () => logLines().join(''),
      server_config: configText,
    };
  }

  /**
   * A ZIP archive with one text for each type; one that cannot be had is left out. Rejects with
   * status 9000 when there is no archive.
   */
  take(request: GetSnapshotRequest): Promise<Uint8Array> {
    const snapshot = this.#last.then(() => this.#take(request));
    this.#last = snapshot.catch(() => {});
    return snapshot;
  }

  async #take({ compression, types }: GetSnapshotRequest): Promise<Uint8Array> {
    const sections = types.flatMap((type) => (type === 'all' ? everything : [type]));
    const entries: ArchiveEntry[] = [];
    for (const section of new Set(sections)) entries.push(...(await this.#entry(section)));
    try {
      // Few brokers are ever asked for one, and all of them are to start fast.
      const { zipArchive } = await import('./zip-archive.ts');
      return await zipArchive(entries, compression);
    } catch (error) {
      const message = `A snapshot could not be completed: ${(error as Error).message}`;
      this.#warn(message);
      throw new WireError(status.SnapshotFileCompletionFailed, message);
    }
  }

  async #entry(section: Section): Promise<ArchiveEntry[]> {
    try {
      return [{ name: `${section}.txt`, content: await this.#sections[section]() }];
    } catch (error) {
      this.#warn(`A snapshot goes without ${section}: ${(error as Error).message}`);
      return [];
    }
  }
}

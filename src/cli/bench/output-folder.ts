import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportPage } from '../../bench/page/report-page.ts';
import type { Report } from '../../bench/report.ts';
import type { Client } from '../../client/client.ts';
import { toJson } from '../output.ts';

const JSON_INDENT = 2;
/** Runs of one name that find a folder of their own. */
const SAME_NAME_MAX = 10_000;

/** The folder of one run. It is there from the start, and goes when the run does not succeed. */
export class OutputFolder {
  readonly path: string;

  /** Makes a folder below `parent`; where its name is taken, a number is added. */
  constructor(parent: string, name: string) {
    const plain = join(parent, safeName(name));
    let path = plain;
    for (let number = 2; existsSync(path) && number < SAME_NAME_MAX; number += 1) {
      path = `${plain}_${number}`;
    }
    mkdirSync(path, { recursive: true });
    this.path = path;
  }

  /** Adds a line to `bench.log`. */
  log(line: string): void {
    appendFileSync(join(this.path, 'bench.log'), `${new Date().toISOString()} ${line}\n`);
  }

  /** Writes `report.json` and `report.html`; answers the path of the page. */
  write(report: Report): string {
    writeFileSync(join(this.path, 'report.json'), `${toJson(report, JSON_INDENT)}\n`);
    const page = join(this.path, 'report.html');
    writeFileSync(page, reportPage(report));
    return page;
  }

  /** Keeps the broker's snapshot as `server_logs.zip`; one that fails is only logged. */
  async writeSnapshot(client: Client): Promise<void> {
    try {
      writeFileSync(join(this.path, 'server_logs.zip'), await client.snapshot());
    } catch (error) {
      this.log(`The broker made no snapshot: ${(error as Error).message}`);
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What every file system takes as a name. */
export function safeName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 200);
}

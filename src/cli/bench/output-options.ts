import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { Remarks } from '../../bench/report.ts';

/** Where the files of a run go, and what is noted in them. */
export interface OutputFlags extends Remarks {
  readonly outputDir: string;
  readonly openCharts?: boolean;
}

/** Adds the options of `output`. */
export function addOutputFolderOptions(command: Command): Command {
  return command
    .option('-o, --output-dir <folder>', 'where the folder of the run goes', 'performance_results')
    .option('--identifier <text>', 'name of the machine', hostname())
    .option('--remark <text>', 'noted in the report and in the name of the folder')
    .option('--extra-info <text>', 'noted in the report')
    .option('--gitref <text>', 'the version that was measured')
    .option('--gitref-date <time>', 'when that version was made')
    .option('-c, --open-charts', 'open the charts in a browser');
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../../config/load.ts';
import { type Repair, repairDataDir } from '../../broker/repair.ts';
import { counted } from '../format.ts';
import { addOutputOptions, commonOptions } from '../options.ts';
import { type Answer, escapeControls, printAnswer, type Style } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface RepairOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
}

const examples = `
Examples:
  $ veltro repair local_data --dry-run
  $ veltro repair local_data`;

function repairText({ damage, setAside }: Repair, style: Style): string {
  if (damage === undefined) return style.green('The catalog is sound, nothing was changed.');
  const { path, position, detail, recordsKept, recordsBehind } = damage;
  const lines = [
    style.bold(escapeControls(path)),
    `  ${style.red(`damaged at byte ${position}: ${detail}`)}`,
    `  In front of it: ${counted(recordsKept, 'record')} that hold.`,
    `  Behind it: ${counted(recordsBehind, 'whole record')} that cannot be applied without it.`,
  ];
  const outcome =
    setAside === undefined
      ? 'Nothing was changed. Without --dry-run the log ends in front of the damage.'
      : `The log ends in front of the damage now; as it was it is kept in ${setAside}.`;
  const advice =
    'A start then moves folders that the catalog does not know to lost+found; changes of users, ' +
    'tokens and topics made since are gone. A backup of the folder catalog, if there is one, is ' +
    'better.';
  return [...lines, outcome, advice].join('\n');
}

async function repair(
  command: Command,
  terminal: Terminal,
  dir: string,
  { config: file, dryRun = false }: RepairOptions,
): Promise<void> {
  const { environment } = terminal;
  const { system } = loadConfig({ environment, file, flags: { 'system.path': resolve(dir) } });
  const done = await repairDataDir(system, dryRun);
  const answer: Answer = { json: done, text: (style) => repairText(done, style) };
  printAnswer(answer, commonOptions(command), terminal);
}

/** `veltro repair` */
export function configure(command: Command, terminal: Terminal): void {
  command
    .description('make a data directory start again whose catalog is damaged; nothing is deleted')
    .argument('<dir>', 'data directory, on which no broker runs')
    .option('--dry-run', 'say what is damaged and what would be kept, and change nothing')
    .option(
      '--config <file>',
      'configuration file, for other names of folders and the key of encryption',
    );
  addOutputOptions(command).addHelpText('after', examples);
  command.action((dir: string, options: RepairOptions) => repair(command, terminal, dir, options));
}

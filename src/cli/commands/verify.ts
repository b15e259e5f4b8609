import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../../config/load.ts';
import { type Verification, verifyDataDir } from '../../broker/verify.ts';
import { CommandError } from '../errors.ts';
import { approximateSize, counted } from '../format.ts';
import { addOutputOptions, commonOptions } from '../options.ts';
import { type Answer, escapeControls, printAnswer, type Style } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface VerifyOptions {
  readonly config?: string;
}

const examples = `
Examples:
  $ veltro verify local_data
  $ veltro verify /var/lib/veltro --json
  $ veltro verify /var/lib/veltro --config veltro.toml`;

function contentText(found: Verification): string {
  const counts = [
    counted(found.streamsCount, 'stream'),
    counted(found.topicsCount, 'topic'),
    counted(found.partitionsCount, 'partition'),
    counted(found.segmentsCount, 'segment'),
    `${counted(found.messagesCount, 'message')} (${approximateSize(found.sizeBytes)})`,
    counted(found.offsetsCount, 'stored offset'),
  ];
  return `Checked ${counts.join(', ')}.`;
}

function verificationText(found: Verification, style: Style): string {
  const lines = found.findings.map(
    ({ path, problem, start }) =>
      `${style.bold(escapeControls(path))}\n  ${style.red(problem)}\n  A start ${start}.`,
  );
  const stop = found.wasStoppedCleanly
    ? 'The last stop was a clean one.'
    : 'There was no clean stop: a start reads the ends of all partitions.';
  const sealed = found.isCatalogSealed
    ? ['The catalog is encrypted and there is no key: the folders were taken as they are.']
    : [];
  const sound = found.isSound ? [style.green('The directory is sound.')] : [];
  return [...lines, contentText(found), ...sealed, stop, ...sound].join('\n');
}

async function verify(
  command: Command,
  terminal: Terminal,
  dir: string,
  { config: file }: VerifyOptions,
): Promise<void> {
  const { environment } = terminal;
  const { system } = loadConfig({ environment, file, flags: { 'system.path': resolve(dir) } });
  const found = await verifyDataDir(system);
  const answer: Answer = { json: found, text: (style) => verificationText(found, style) };
  printAnswer(answer, commonOptions(command), terminal);
  if (found.isSound) return;
  throw new CommandError(`${counted(found.findings.length, 'problem')} found in ${found.dataDir}.`);
}

/** `veltro verify` */
export function configure(command: Command, terminal: Terminal): void {
  command
    .description('check a data directory without a broker; say what is wrong with it')
    .argument('<dir>', 'data directory, on which no broker runs')
    .option(
      '--config <file>',
      'configuration file, for other names of folders and the key of encryption',
    );
  addOutputOptions(command).addHelpText('after', examples);
  command.action((dir: string, options: VerifyOptions) => verify(command, terminal, dir, options));
}

import type { Command } from 'commander';
import { type KindName, kindNames, kindOf } from '../../bench/kinds.ts';
import { benchNames } from '../../bench/plan.ts';
import { addCompare } from '../bench/compare.ts';
import { benchExamples, examplesText } from '../bench/examples.ts';
import { addGlobalOptions, type GlobalFlags, workOptions } from '../bench/global-options.ts';
import { addKindOptions, countsOf, type KindFlags, topicOptions } from '../bench/kind-options.ts';
import { addOutputFolderOptions, type OutputFlags } from '../bench/output-options.ts';
import type { BenchRequest } from '../bench/request.ts';
import { runRequest } from '../bench/run-request.ts';
import { addSeedFlags, hasSeedFlags, type SeedFlags, seedRuns } from '../bench/seed-flags.ts';
import {
  addTransportOptions,
  type BenchTransport,
  benchTarget,
  benchTransports,
  type TransportFlags,
} from '../bench/transports.ts';
import { UsageError } from '../errors.ts';
import { describeLeaf } from '../leaf.ts';
import { addOutputOptions, commonOptions } from '../options.ts';
import { printAnswer } from '../output.ts';
import type { Terminal } from '../terminal.ts';

/** What was typed behind `bench`, from the kind on. */
interface Typed {
  readonly kind: KindName;
  readonly kindFlags: KindFlags;
  readonly transport?: { readonly transport: BenchTransport; readonly flags: TransportFlags };
  readonly output?: OutputFlags;
}

function requestOf(bench: Command, leaf: Command, typed: Typed, terminal: Terminal): BenchRequest {
  const global: GlobalFlags = bench.opts();
  const common = commonOptions(leaf);
  const { kindFlags, output, transport } = typed;
  if (global.threads !== undefined && transport?.transport.name !== 'tcp' && transport) {
    throw new UsageError('With --threads, the transport is tcp.');
  }
  const target = benchTarget(common, terminal.environment, transport);
  if (target.transport === 'http' && kindOf(typed.kind).usesGroups) {
    throw new UsageError('Groups are not offered over HTTP; choose another kind or transport.');
  }
  return {
    options: {
      ...workOptions(global),
      kind: typed.kind,
      sendsJson: transport?.flags.jsonBodies ?? false,
      counts: countsOf(kindFlags),
      consumerRateFactor: kindFlags.readAmplification,
      names: benchNames,
    },
    topic: topicOptions(kindFlags),
    target,
    threads: global.threads,
    workers: global.workers,
    isPretty: global.pretty ?? false,
    outputDir: output?.outputDir,
    opensCharts: output?.openCharts ?? false,
    remarks: output ?? {},
    common,
  };
}

function addKind(bench: Command, kind: KindName, terminal: Terminal): void {
  const { alias, summary } = kindOf(kind);
  const command = bench.command(kind).alias(alias);
  describeLeaf(command, {
    summary,
    examples: [`bench ${alias}`, `bench ${alias} tcp --server-address 127.0.0.1:8090 output`],
    passwordFlags: '--password',
  });
  addKindOptions(command, kind).addHelpText('after', transportsText(alias));
  const run = (leaf: Command, typed: Omit<Typed, 'kind' | 'kindFlags'>) =>
    runRequest(
      requestOf(bench, leaf, { kind, kindFlags: command.opts(), ...typed }, terminal),
      terminal,
    );
  command.action(() => run(command, {}));
  addOutput(command, (leaf, output) => run(leaf, { output }));
  for (const transport of benchTransports) {
    const below = command.command(transport.name, { hidden: true }).aliases(transport.aliases);
    below.description(`over ${transport.name}`);
    addTransportOptions(below, transport);
    const chosen = () => ({ transport, flags: below.opts<TransportFlags>() });
    below.action(() => run(below, { transport: chosen() }));
    addOutput(below, (leaf, output) => run(leaf, { transport: chosen(), output }));
  }
}

function addOutput(
  parent: Command,
  run: (leaf: Command, output: OutputFlags) => Promise<void>,
): void {
  const command = parent.command('output', { hidden: true });
  command.description('keep report.json and report.html in a folder');
  addOutputFolderOptions(command);
  command.action(() => run(command, command.opts<OutputFlags>()));
}

function transportsText(alias: string): string {
  const names = benchTransports.map(({ name }) => name).join(', ');
  return (
    `\nThe transport stands behind the kind: ${names} (default: that of --server, else tcp).` +
    `\n"output" at the end keeps a report with charts in a folder.` +
    `\nTheir options: veltro bench ${alias} tcp --help, veltro bench ${alias} tcp output --help`
  );
}

async function runSeedFlags(bench: Command, terminal: Terminal): Promise<void> {
  const global = bench.opts<GlobalFlags & SeedFlags>();
  const [unknown] = bench.args;
  if (unknown !== undefined) {
    throw new UsageError(`There is no benchmark ${unknown}; "veltro bench --help" lists them.`);
  }
  if (!hasSeedFlags(global)) return bench.help({ error: true });
  const common = commonOptions(bench);
  const requests = seedRuns(global, global).map(
    ({ options, transport, flags }): BenchRequest => ({
      options,
      topic: {},
      target: benchTarget(common, terminal.environment, { transport, flags }),
      threads: global.threads,
      workers: global.workers,
      isPretty: global.pretty ?? false,
      opensCharts: false,
      remarks: {},
      common,
    }),
  );
  for (const request of requests) await runRequest(request, terminal);
}

/** `veltro bench` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'measure how fast a broker is',
    examples: [benchExamples[0][1], ...benchExamples.slice(1).map(([, line]) => line)],
  });
  addSeedFlags(addGlobalOptions(command));
  for (const kind of kindNames) addKind(command, kind, terminal);
  addCompare(command, terminal);
  const examples = command.command('examples').alias('e');
  examples.description('print command lines to begin with');
  addOutputOptions(examples).addHelpText('after', '\nExamples:\n  $ veltro bench examples');
  examples.action(() => {
    const lines = benchExamples.map(([text, line]) => ({ text, command: `veltro ${line}` }));
    printAnswer({ json: lines, text: examplesText }, commonOptions(examples), terminal);
  });
  command.allowExcessArguments().action(() => runSeedFlags(command, terminal));
}

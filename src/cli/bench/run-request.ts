import { spawn } from 'node:child_process';
import { BenchError } from '../../bench/bench-error.ts';
import { hardware } from '../../bench/machine.ts';
import { type Plan, planOf } from '../../bench/plan.ts';
import { parametersIdentifier, type Report, reportOf, scalingStep } from '../../bench/report.ts';
import { runPlan } from '../../bench/run.ts';
import type { Client } from '../../client/client.ts';
import { openClient } from '../connection.ts';
import { EmbeddedBroker } from '../embedded-broker.ts';
import { CommandError, UsageError } from '../errors.ts';
import { printAnswer, styleFor } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { shownCommand } from './command-line.ts';
import { fillPlanFor } from './fill.ts';
import { LiveProgress } from './live-progress.ts';
import { OutputFolder } from './output-folder.ts';
import type { BenchRequest } from './request.ts';
import { resultsText, scalingText } from './results.ts';
import type { BenchTarget } from './transports.ts';

const COLUMNS_DEFAULT = 80;

/** A request at work. */
interface Run {
  readonly request: BenchRequest;
  readonly plan: Plan;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly folder: OutputFolder | undefined;
}

/** Runs a benchmark, shows and keeps its results. */
export async function runRequest(request: BenchRequest, terminal: Terminal): Promise<void> {
  const plan = checkedPlan(request);
  const signal = terminal.interruption();
  const folder = folderOf(request, plan);
  try {
    const run = { request, plan, terminal, signal, folder };
    const report = request.threads === undefined ? await runOnce(run) : await runSteps(run);
    show(run, report);
  } catch (error) {
    folder?.remove();
    if (!signal.aborted) throw error;
    throw new CommandError('The benchmark was interrupted, and nothing of it is kept.');
  }
}

/** Options that contradict each other are wrong usage. */
function checkedPlan({ options }: BenchRequest): Plan {
  try {
    return planOf(options);
  } catch (error) {
    if (error instanceof BenchError) throw new UsageError(error.message);
    throw error;
  }
}

/** The name of a run's folder: what was run, then the processor. */
function folderOf(request: BenchRequest, plan: Plan): OutputFolder | undefined {
  if (request.outputDir === undefined) return undefined;
  const parameters = parametersIdentifier(plan, contextOf(request, request.target));
  return new OutputFolder(request.outputDir, `${parameters}_${hardware().cpu_name.toLowerCase()}`);
}

async function runOnce(run: Run): Promise<Report> {
  const { target } = run.request;
  const client = await openClient(target, run.terminal);
  try {
    const report = await measure(run, target, client);
    await run.folder?.writeSnapshot(client);
    return report;
  } finally {
    await client.close();
  }
}

/** The same work on one broker after the other, each with another number of threads. */
async function runSteps(run: Run): Promise<Report> {
  const { request, terminal } = run;
  const reports: { readonly threads: number; readonly report: Report }[] = [];
  for (const threads of request.threads!) {
    await using broker = await EmbeddedBroker.start(threads, terminal.environment);
    const url = `iggy://iggy:iggy@${broker.address}`;
    const target = { url, transport: 'tcp', address: broker.address };
    const client = await openClient(target, terminal);
    try {
      const first = fillPlanFor(run.plan);
      if (first !== undefined) await work({ ...run, plan: first }, target, client);
      reports.push({ threads, report: await measure(run, target, client) });
    } finally {
      await client.close();
    }
  }
  const scaling = reports.map(({ threads, report }) => scalingStep(threads, report));
  return { ...reports[reports.length - 1].report, scaling };
}

async function measure(run: Run, target: BenchTarget, client: Client): Promise<Report> {
  const result = await work(run, target, client);
  return reportOf(run.plan, result, contextOf(run.request, target));
}

async function work(
  { request, plan, terminal, signal, folder }: Run,
  target: BenchTarget,
  client: Client,
) {
  const progress = new LiveProgress(plan, request.common, terminal);
  try {
    return await runPlan(plan, {
      client,
      url: target.url,
      token: target.token,
      workers: request.workers,
      topic: request.topic,
      signal,
      onPhase: (phase) => {
        progress.onPhase(phase);
        folder?.log(`${plan.options.kind} at ${target.address}: ${phase}`);
      },
      onProgress: (done) => progress.onProgress(done),
    });
  } finally {
    progress.end();
  }
}

function show({ request, terminal, folder }: Run, report: Report): void {
  const columns = (terminal.stdout as { columns?: number }).columns ?? COLUMNS_DEFAULT;
  const layout = { pretty: request.isPretty, columns };
  const plain = styleFor({ isTTY: false } as Terminal['stdout'], {});
  folder?.log(resultsText(report, plain, { pretty: false, columns }));
  const page = folder?.write(report);
  printAnswer(
    {
      json: report,
      text: (style) => {
        const results = resultsText(report, style, layout);
        const scaling = report.scaling === undefined ? [] : [scalingText(report.scaling, style)];
        const kept = page === undefined ? [] : [style.dim(`Report: ${page}`)];
        return [...scaling, results, ...kept].join('\n');
      },
    },
    request.common,
    terminal,
  );
  if (page !== undefined && request.opensCharts) openInBrowser(page);
}

function contextOf({ remarks, common }: BenchRequest, { transport, address }: BenchTarget) {
  const command = shownCommand(process.argv.slice(2), common.password);
  return { transport, serverAddress: address, command, remarks };
}

/** A desktop without a browser is no failure of the benchmark. */
function openInBrowser(page: string): void {
  const openers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };
  const opener = openers[process.platform] ?? 'xdg-open';
  const child = spawn(opener, [page], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

// All kinds of the reference's benchmark tool against one server, a program of its own.
// Its only argument is a `ToolSliceRequest` as JSON; it prints a `ToolRound` as JSON.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../ceiling/processes.ts';
import { touchPageCache } from '../page-cache.ts';
import { runOneSlice } from './one-slice.ts';
import type { Installation } from './peer.ts';
import { peers } from './peers.ts';
import { freePorts, startPeer } from './running-peer.ts';
import {
  readReport,
  type ToolGroup,
  type ToolKind,
  type ToolPeer,
  type ToolRound,
  type ToolRun,
  toolArguments,
  toolKinds,
} from './tool.ts';
import { repeatFor } from './warm-up.ts';

const PORTS = 1;
const TOUCHED_BYTES = 200 * 1024 * 1024;

/** What a slice is asked to do. */
export interface ToolSliceRequest {
  readonly peer: ToolPeer;
  readonly round: number;
  readonly tool: string;
  readonly installation: Installation;
  readonly threads: number;
  readonly warmUpSeconds: number;
  readonly dataDir: string;
}

/** A server at work, and the tool. */
interface ToolSession {
  readonly tool: string;
  readonly port: number;
  readonly folder: string;
}

async function runKind({ tool, port, folder }: ToolSession, kind: ToolKind): Promise<ToolGroup[]> {
  touchPageCache(folder, TOUCHED_BYTES);
  const reports = mkdtempSync(join(folder, kind.name));
  await runToEnd({ command: tool, arguments: toolArguments(kind, port, reports), folder }, []);
  const [name] = readdirSync(reports);
  return readReport(readFileSync(join(reports, name, 'report.json'), 'utf8'));
}

async function runAllKinds(session: ToolSession): Promise<ToolRun[]> {
  const runs: ToolRun[] = [];
  for (const kind of toolKinds) {
    runs.push({ kind: kind.name, groups: await runKind(session, kind) });
  }
  return runs;
}

async function runSlice(request: ToolSliceRequest, folder: string): Promise<ToolRound> {
  const { peer, round, tool, installation, threads, warmUpSeconds } = request;
  const ports = await freePorts(PORTS);
  const launch = peers[peer].launch(installation, { folder, ports, threads });
  const running = await startPeer(launch);
  const session = { tool, port: launch.port, folder };
  try {
    await repeatFor(warmUpSeconds, () => runAllKinds(session));
    return { peer, round, runs: await runAllKinds(session) };
  } finally {
    await running.stop();
  }
}

await runOneSlice('tool', runSlice);

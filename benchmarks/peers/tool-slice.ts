// All kinds of the reference's benchmark tool against one server, a program of its own.
// Its only argument is a `ToolSliceRequest` as JSON; it prints a `ToolRound` as JSON.
import { readdirSync, readFileSync } from 'node:fs';
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
  toolArguments,
  toolKinds,
} from './tool.ts';

const PORTS = 1;
const TOUCHED_BYTES = 200 * 1024 * 1024;

/** What a slice is asked to do. */
export interface ToolSliceRequest {
  readonly peer: ToolPeer;
  readonly round: number;
  readonly tool: string;
  readonly installation: Installation;
  readonly threads: number;
  readonly dataDir: string;
}

async function runKind(
  tool: string,
  kind: ToolKind,
  port: number,
  folder: string,
): Promise<ToolGroup[]> {
  const reports = join(folder, kind.name);
  await runToEnd({ command: tool, arguments: toolArguments(kind, port, reports), folder }, []);
  const [name] = readdirSync(reports);
  return readReport(readFileSync(join(reports, name, 'report.json'), 'utf8'));
}

async function runSlice(request: ToolSliceRequest, folder: string): Promise<ToolRound> {
  const { peer, round, tool, installation, threads } = request;
  const ports = await freePorts(PORTS);
  const launch = peers[peer].launch(installation, { folder, ports, threads });
  const running = await startPeer(launch);
  const runs: { kind: string; groups: ToolGroup[] }[] = [];
  try {
    for (const kind of toolKinds) {
      touchPageCache(folder, TOUCHED_BYTES);
      runs.push({ kind: kind.name, groups: await runKind(tool, kind, launch.port, folder) });
    }
  } finally {
    await running.stop();
  }
  return { peer, round, runs };
}

await runOneSlice('tool', runSlice);

import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningProcess, startProcess } from '../ceiling/processes.ts';
import type { Launch } from './peer.ts';
import { processorSeconds, processTree, residentBytesOf } from './process-tree.ts';

const READY_DEADLINE_MS = 90_000;
const ASK_AGAIN_MS = 2;
const SETTLE_MS = 1000;
const IDLE_MS = 2000;

/** A broker that has answered. */
export interface RunningPeer {
  readonly readyMs: number;
  idle(): Promise<{ idleBytes: number; idleCpu: number }>;
  /** Ends it and everything that it has started. */
  stop(): Promise<void>;
}

/** Ports of the loopback interface that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** True when something on that port says anything to the bytes. */
function answers(port: number, hello: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => socket.write(hello));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}

async function untilAnswered({ port, hello }: Launch, server: RunningProcess): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await answers(port, hello))) {
    if (server.hasEnded()) throw new Error(`The broker ended at once. ${server.errors()}`);
    if (performance.now() > deadline) {
      throw new Error(`No answer in ${READY_DEADLINE_MS} ms. ${server.errors()}`);
    }
    await sleep(ASK_AGAIN_MS);
  }
}

async function idleFigures(pid: number): Promise<{ idleBytes: number; idleCpu: number }> {
  await sleep(SETTLE_MS);
  const pids = processTree(pid);
  const [before, started] = [processorSeconds(pids), performance.now()];
  await sleep(IDLE_MS);
  const seconds = (performance.now() - started) / 1000;
  const idleCpu = (processorSeconds(pids) - before) / seconds;
  return { idleBytes: residentBytesOf(pids), idleCpu };
}

async function stopTree(server: RunningProcess): Promise<void> {
  const pids = processTree(server.pid);
  await server.stop();
  for (const pid of pids) killIfThere(pid);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}

/** Starts a broker and waits for its first answer. */
export async function startPeer(launch: Launch): Promise<RunningPeer> {
  const helper = launch.helper === undefined ? undefined : startProcess(launch.helper);
  const started = performance.now();
  const server = startProcess(launch.program);
  const stop = async () => {
    await stopTree(server);
    await helper?.stop();
  };
  try {
    await untilAnswered(launch, server);
  } catch (error) {
    await stop();
    throw error;
  }
  const readyMs = performance.now() - started;
  return { readyMs, idle: () => idleFigures(server.pid), stop };
}

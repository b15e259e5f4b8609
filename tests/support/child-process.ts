import { type ChildProcess, spawn } from 'node:child_process';

/** Processes that must not outlive this one. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a program with pipes and the environment of this process, without settings of brokers and
 * clients in it that would change what is tested.
 */
export function startChild(
  command: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): ChildProcess {
  const [program, ...parameters] = command;
  const kept = Object.entries(process.env).filter(([name]) => !/^(IGGY|VELTRO)_/.test(name));
  const child = spawn(program, parameters, {
    env: { ...Object.fromEntries(kept), ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

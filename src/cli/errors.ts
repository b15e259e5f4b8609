/** A command that failed: exit code 1. The message is one sentence for the person who typed it. */
export class CommandError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'CommandError';
  }
}

/** A command that was written wrongly: exit code 2. */
export class UsageError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'UsageError';
  }
}

/** Exit codes of the executable. */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const;

interface SystemError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  /** UDP is only bound, TCP listens. */
  readonly syscall?: string;
  readonly path?: string;
}

const systemSentences: Readonly<Record<string, (error: SystemError) => string>> = {
  ECONNREFUSED: ({ address, port }) =>
    `Nothing is listening on ${address}:${port}; start a broker, or give another with --server.`,
  ENOTFOUND: ({ message }) => `The host name is unknown (${message}).`,
  EADDRINUSE: ({ address, port, syscall }) => {
    const flags = syscall === 'bind' ? '--quic' : '--tcp, --http or --websocket';
    return `Another program listens on ${address}:${port} already; choose another with ${flags}.`;
  },
  EADDRNOTAVAIL: ({ address }) => `${address} is no address of this machine.`,
  EACCES: ({ path, address, port }) =>
    path === undefined
      ? `Listening on ${address}:${port} is not permitted.`
      : `Access to ${path} is not permitted.`,
  ENOENT: ({ path, message }) => (path === undefined ? message : `${path} does not exist.`),
  ENOSPC: () => 'The disk is full.',
  EISDIR: ({ path, message }) => (path === undefined ? message : `${path} is a folder.`),
};

function withFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What standard error shows for an error: one sentence a mistake, never a stack trace. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return withFullStop(String(error));
  const system = error as SystemError;
  const explain = typeof system.code === 'string' ? systemSentences[system.code] : undefined;
  const cause = explain === undefined ? error.cause : undefined;
  if (cause instanceof Error && systemSentences[(cause as SystemError).code ?? ''] !== undefined) {
    return sentenceOf(cause);
  }
  return withFullStop((explain?.(system) ?? error.message).trim() || error.name);
}

/** The exit code that stands for an error. */
export function exitCodeOf(error: unknown): number {
  const usage = error instanceof Error && ['UsageError', 'ConfigError'].includes(error.name);
  return usage ? exitCodes.usage : exitCodes.failure;
}

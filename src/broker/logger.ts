import { createRequire } from 'node:module';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { prettyFactory } from 'pino-pretty';
import { RecentLines } from './recent-lines.ts';

export type { Logger } from 'pino';

/** How a broker logs. */
export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** `pretty` for people, `json` for one object a line. */
  readonly format: 'pretty' | 'json';
  /** Default: standard error, so that standard output holds only what a command answers. */
  readonly destination?: DestinationStream;
}

const STDERR = 2;
const secretFields = ['password', 'currentPassword', 'newPassword', 'token', 'secret'];

/** What the loggers made here wrote last. */
const recentLines = new WeakMap<Logger, RecentLines>();

function useColor(): boolean {
  return process.stderr.isTTY === true && (process.env.NO_COLOR ?? '') === '';
}

const require = createRequire(import.meta.url);

function prettyFormat(colorize: boolean): ReturnType<typeof prettyFactory> {
  const pretty = require('pino-pretty') as { prettyFactory: typeof prettyFactory };
  return pretty.prettyFactory({
    colorize,
    ignore: 'pid,hostname',
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
  });
}

/**
 * Formats each line in place, without a stream in between that could lose lines at an exit. What
 * that needs is loaded for the first line: most starts have none.
 */
function prettyLines(target: DestinationStream, colorize: boolean): DestinationStream {
  let format: ReturnType<typeof prettyFormat> | undefined;
  return {
    write: (line) => {
      format ??= prettyFormat(colorize);
      target.write(format(line));
    },
  };
}

function remembering(recent: RecentLines, target: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      recent.add(line);
      target.write(line);
    },
  };
}

/** The newest lines of a logger as JSON, oldest first; none of one that was not made here. */
export function recentLinesOf(logger: Logger): readonly string[] {
  return recentLines.get(logger)?.lines ?? [];
}

/** A logger whose password, token and secret fields never reach the log, two levels deep. */
export function createLogger({ level, format, destination: target }: LoggerOptions): Logger {
  const raw = target ?? destination({ dest: STDERR, sync: true });
  const colorize = target === undefined && useColor();
  const stream = format === 'json' ? raw : prettyLines(raw, colorize);
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const recent = new RecentLines();
  const logger = pino(
    {
      level,
      base: undefined,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '[redacted]' },
    },
    remembering(recent, stream),
  );
  recentLines.set(logger, recent);
  return logger;
}

import { Presets, SingleBar } from 'cli-progress';
import type { CommonOptions } from './options.ts';
import { type Terminal, wantsColor } from './terminal.ts';

/** Shows how far long work has come. */
export interface Progress {
  /** `done` and `total` are in the unit of the work; the total may grow. A note stands behind. */
  update(done: number, total: number, note?: string): void;
  /** Takes the bar away, also after a failure. */
  end(): void;
}

const silent: Progress = { update() {}, end() {} };

/**
 * A bar on standard error: only on a terminal, and neither for `--json` nor for `--quiet`. It
 * appears with the first update.
 */
export function createProgress(unit: string, common: CommonOptions, terminal: Terminal): Progress {
  const isWanted = terminal.stderr.isTTY === true && !common.json && !common.quiet;
  if (!isWanted) return silent;
  const preset = wantsColor(terminal.stderr, terminal.environment)
    ? Presets.shades_classic
    : Presets.legacy;
  const bar = new SingleBar(
    {
      stream: terminal.stderr as NodeJS.WriteStream,
      format: `{bar} {percentage} % {value}/{total} ${unit}{note}`,
      clearOnComplete: true,
      hideCursor: true,
    },
    preset,
  );
  let isShown = false;
  return {
    update(done, total, text) {
      const note = text === undefined ? '' : `  ${text}`;
      if (!isShown) bar.start(total, done, { note });
      isShown = true;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    end: () => bar.stop(),
  };
}

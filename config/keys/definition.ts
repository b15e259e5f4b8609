import { timeoutMsMax, timeoutMsMin } from '../../src/wire/limits.ts';
import type { Bounds, FormatName } from '../formats.ts';

/** One configuration key: everything that is known about it stands here and nowhere else. */
export interface KeyDefinition extends Bounds {
  /** Dotted name in files; its environment name follows from it. */
  readonly key: string;
  /** Dotted name of the resolved value in `Config`, with its unit. */
  readonly field: string;
  readonly format: FormatName;
  /** As a person would write it in a file. */
  readonly default: string | number | boolean | readonly string[];
  /** What the key does, in one or two sentences; the unit is part of it. */
  readonly doc: string;
  /** The value is never shown: not in a mistake, not in the effective configuration. */
  readonly isSecret?: true;
  /** Names of the values in a row, for a key that takes a list of tables. */
  readonly columns?: readonly string[];
  /** The version that brought the key. */
  readonly since: string;
  /** The flag of `veltro start` that sets it. */
  readonly flag?: string;
}

/** What every time-out may be. */
export const timeoutBounds = { min: timeoutMsMin, max: timeoutMsMax };
/** The version that brought the keys that exist so far. */
export const since = '0.1.0';

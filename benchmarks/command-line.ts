import { killChildrenAtExit } from './ceiling/processes.ts';

/** A whole number of the command line; throws an error that names the option and its limit. */
export function wholeNumber(name: string, text: string, maximum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > maximum) {
    throw new RangeError(`${name} is a whole number from 1 to ${maximum}, not '${text}'.`);
  }
  return value;
}

/** Numbers separated by commas, each of which shares the batches evenly. */
export function evenNumbers(
  name: string,
  text: string,
  maximum: number,
  batches: number,
): number[] {
  const counts = text.split(',').map((part) => wholeNumber(name, part.trim(), maximum));
  const uneven = counts.find((count) => batches % count !== 0);
  if (uneven) throw new RangeError(`${batches} batches cannot be shared evenly by ${uneven}.`);
  return counts;
}

/** A benchmark as a command. */
interface Command<Options extends { readonly help: boolean }> {
  /** Text of `--help`. */
  readonly usage: string;
  /** Reads the command line; throws an error whose message says what is wrong with it. */
  readonly parse: (argv: readonly string[]) => Options;
  readonly run: (options: Options) => Promise<void>;
}

/** Runs a benchmark by the arguments of this process: code 2 for wrong ones, 1 for a failure. */
export async function runCommand<Options extends { readonly help: boolean }>(
  command: Command<Options>,
): Promise<void> {
  const options = readArguments(command);
  if (options === undefined) return;
  if (options.help) return console.log(command.usage);
  await runAlone(() => command.run(options));
}

/** Runs what starts processes of its own, which end with this one. A failure is one line. */
export async function runAlone(run: () => Promise<void>): Promise<void> {
  killChildrenAtExit();
  try {
    await run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

function readArguments<Options extends { readonly help: boolean }>({
  parse,
  usage,
}: Command<Options>): Options | undefined {
  try {
    return parse(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

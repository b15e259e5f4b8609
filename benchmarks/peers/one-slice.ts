import { runAlone } from '../command-line.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** What the program of a slice is asked for, besides its work. */
interface SliceOrder {
  readonly peer: string;
  readonly dataDir: string;
}

/** Runs one slice by the JSON that is the only argument, and prints what came of it as JSON. */
export async function runOneSlice<Order extends SliceOrder>(
  name: string,
  run: (order: Order, folder: string) => Promise<unknown>,
): Promise<void> {
  const order = JSON.parse(process.argv[2]) as Order;
  const folder = temporaryFolder(order.dataDir, `${name}-${order.peer}`);
  await runAlone(async () => void process.stdout.write(JSON.stringify(await run(order, folder))));
}

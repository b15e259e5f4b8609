import type { ShardTask } from '../src/shards/descriptors.ts';
import { ShardLoop } from '../src/shards/shard-loop.ts';

/** The one task of a shard worker: it ends when the broker stops. */
export default function runShard(task: ShardTask): void {
  new ShardLoop(task).run();
  task.port.close();
}

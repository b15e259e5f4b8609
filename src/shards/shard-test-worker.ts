import { workerData } from 'node:worker_threads';
import { ShardLoop } from './shard-loop.ts';

// A shard without a pool around it.
new ShardLoop(workerData).run();
workerData.port.close();

import type { Registry } from 'prom-client';
import type { Services } from '../commands/services.ts';
import { brokerFamilies } from './broker-families.ts';
import type { Family } from './family.ts';
import { shardFamilies } from './shard-families.ts';
import { topicFamilies } from './topic-families.ts';

/** Coarse, so that measuring the event loop does not keep an idle broker busy. */
const EVENT_LOOP_PRECISION_MS = 100;

/**
 * Metrics in the text format of Prometheus. Nothing is collected before somebody asks: then figures
 * are read from where they are counted anyway, without a word to any shard.
 */
export class Metrics {
  /** All but those of the process itself. */
  readonly families: readonly Family[];
  #registry: Promise<Registry> | undefined;

  /** `version` is that of the broker. */
  constructor(services: Services, version: string) {
    this.families = [
      ...brokerFamilies(services, version),
      ...shardFamilies(services.router),
      ...topicFamilies(services),
    ];
  }

  /** The exposition and the media type it has. */
  async read(): Promise<{ readonly text: string; readonly contentType: string }> {
    this.#registry ??= this.#open();
    const registry = await this.#registry;
    return { text: await registry.metrics(), contentType: registry.contentType };
  }

  async #open(): Promise<Registry> {
    const { collectDefaultMetrics, Registry } = await import('prom-client');
    const registry = new Registry();
    collectDefaultMetrics({
      register: registry,
      eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS,
    });
    for (const family of this.families) registry.registerMetric(asMetric(family));
    return registry;
  }
}

/** What a registry asks of a metric: the libraries' own ones count by themselves, ours read. */
function asMetric({ name, help, type, collect }: Family) {
  const get = async () => ({ name, help, type, values: [...collect()], aggregator: 'sum' });
  return { name, get } as unknown as Parameters<Registry['registerMetric']>[0];
}

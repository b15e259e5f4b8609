import type { Family } from '../metrics/family.ts';
import { CommandSpans } from './command-spans.ts';
import { observeFamilies } from './observed-families.ts';
import { openProviders, type ProviderSettings, type Providers } from './providers.ts';

/** Spans and metrics of one broker by OpenTelemetry. */
export class Telemetry {
  readonly #providers: Providers;
  readonly #spans: CommandSpans;

  private constructor(broker: string, families: readonly Family[], providers: Providers) {
    this.#providers = providers;
    this.#spans = new CommandSpans(broker, providers);
    observeFamilies(providers.meter, families);
  }

  /** `broker` is its data directory. Rejects when packages are missing, and names them. */
  static async start(
    broker: string,
    families: readonly Family[],
    settings: ProviderSettings,
  ): Promise<Telemetry> {
    return new Telemetry(broker, families, await openProviders(settings));
  }

  /** Makes no more spans, and exports what is left. */
  async stop(): Promise<void> {
    this.#spans.stop();
    await this.#providers.shutdown();
  }
}

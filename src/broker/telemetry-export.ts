import { type Config, ConfigError } from '../../config/config.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Logger } from './logger.ts';
import { packageVersion } from './version.ts';

/**
 * The spans and metrics that a configuration asks for. Rejects with a `ConfigError` when they need
 * packages that are not installed.
 */
export async function startTelemetry(
  { telemetry, system }: Config,
  { families }: Metrics,
  logger: Logger,
): Promise<Telemetry | undefined> {
  if (!telemetry.enabled) return undefined;
  const { Telemetry } = await import('../telemetry/telemetry.ts');
  try {
    return await Telemetry.start(system.path, families, {
      ...telemetry,
      version: packageVersion(),
      report: (level, message) => logger[level](message),
    });
  } catch (error) {
    throw new ConfigError([(error as Error).message]);
  }
}

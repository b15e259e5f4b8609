import type { Transport } from './operations.ts';
import type { Scene } from './scene.ts';
import type { Settings } from './suite-broker.ts';

/** Something that a broker must do, told once for all clients. */
export interface Scenario {
  /** What it is about, for the table. */
  readonly title: string;
  /** Given, the scenario has a broker to itself, with these settings. */
  readonly settings?: Settings;
  /** Given, it is about this transport alone. */
  readonly transport?: Transport;
  run(scene: Scene): Promise<void>;
}

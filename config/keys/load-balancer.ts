import { timeoutMsMax } from '../../src/wire/limits.ts';
import { type KeyDefinition, since } from './definition.ts';

/** Keys of `load_balancer`, for all transports. */
export const loadBalancerKeys = [
  {
    key: 'load_balancer.trusted',
    field: 'loadBalancer.trusted',
    format: 'networks',
    default: '127.0.0.1/32, ::1/128',
    doc: 'Addresses of load balancers: what they say of the address of a client is believed.',
    since,
  },
  {
    key: 'load_balancer.drain_delay',
    field: 'loadBalancer.drainDelayMs',
    format: 'duration',
    default: '0 s',
    min: 0,
    max: timeoutMsMax,
    doc:
      'Time between a request to stop, from which on `/health/ready` says no, and the stop itself: ' +
      'until then everything is served, so that a load balancer can look elsewhere first.',
    since,
  },
] as const satisfies readonly KeyDefinition[];

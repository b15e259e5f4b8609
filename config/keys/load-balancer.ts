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
] as const satisfies readonly KeyDefinition[];

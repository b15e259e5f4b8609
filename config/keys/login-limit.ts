import { loginFailuresMax } from '../../src/wire/limits.ts';
import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

/** Keys of `login_limit`. */
export const loginKeys = [
  {
    key: 'login_limit.enabled',
    field: 'loginLimit.enabled',
    format: 'flag',
    default: true,
    doc:
      'Refuse logins for a while after too many failed ones: with status 42, whatever the ' +
      'password. Logins that succeed do not count.',
    since,
  },
  {
    key: 'login_limit.failures_per_address',
    field: 'loginLimit.failuresPerAddress',
    format: 'count',
    default: 30,
    min: 1,
    max: loginFailuresMax,
    doc:
      'Failed logins from one address in one `login_limit.period`; addresses of IPv6 count by ' +
      'their first 64 bits.',
    since,
  },
  {
    key: 'login_limit.failures_per_user',
    field: 'loginLimit.failuresPerUser',
    format: 'count',
    default: 100,
    min: 1,
    max: loginFailuresMax,
    doc:
      'Failed logins of one user name in one `login_limit.period`, wherever they come from. ' +
      'Addresses from which none failed of late are let through all the same, so that nobody ' +
      'can lock a user out.',
    since,
  },
  {
    key: 'login_limit.period',
    field: 'loginLimit.periodMs',
    format: 'duration',
    default: '1 m',
    ...timeoutBounds,
    doc: 'Time in which so many failures are forgotten again, evenly, one after the other.',
    since,
  },
] as const satisfies readonly KeyDefinition[];

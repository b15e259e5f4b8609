// What browsers lack of the globals that the client uses. The build puts these in their place.
export { Buffer } from 'buffer';

/** Runs a task as soon as what is under way is done. */
export function setImmediate(task: () => void) {
  return setTimeout(task, 0);
}

/** Takes it back. */
export const clearImmediate = clearTimeout;

// The WebAssembly kernel: everything that looks at the bytes of messages one by one. Any number of
// instances work in one shared memory, so nothing here keeps state in the memory itself: the secret
// of the checksum is constant and lies in the first page, all else is in globals of the instance.
export { accept, acceptEarly, check, stamp, undoEarly } from './batch';
export { copy } from './copy';
export { mask } from './mask';
export { print } from './print';
export { seed } from './random';
export { scan, scanStop } from './scan';
export { findPosition, findTimestamp } from './search';
export { unique, uniqueAdded } from './unique';
export {
  copyWindow,
  forgetNewest,
  forgetOld,
  knows,
  openWindow,
  remember,
  windowCount,
} from './window';
export { xxh3 } from './xxh3';

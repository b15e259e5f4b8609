import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';

/** Who a connection is after a login (protocol section 8.5). */
export interface Identity {
  readonly userId: number;
}

export function writeIdentity(writer: Writer, identity: Identity): void {
  writer.u32(identity.userId);
}

export function readIdentity(reader: Reader): Identity {
  return { userId: reader.u32('user id') };
}

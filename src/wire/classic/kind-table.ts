import type { Reader } from '../reader.ts';
import { status } from '../status.ts';
import { WireError } from '../wire-error.ts';
import type { Writer } from '../writer.ts';

/** The names of a field of one byte whose numbers are a closed list. */
export class KindTable<Name extends string> {
  readonly #codes: Readonly<Record<Name, number>>;
  readonly #names: ReadonlyMap<number, Name>;

  constructor(codes: Readonly<Record<Name, number>>) {
    this.#codes = codes;
    const names = Object.keys(codes) as Name[];
    this.#names = new Map(names.map((name) => [codes[name], name]));
  }

  /** A name outside the table is status 3 (InvalidCommand): callers without types reach this. */
  write(writer: Writer, name: Name, field: string): void {
    const code = this.#codes[name];
    if (code === undefined) {
      throw new WireError(status.InvalidCommand, `${field} is '${name}', which is no kind`);
    }
    writer.u8(code);
  }

  /** A number outside the table is status 3 (InvalidCommand). */
  read(reader: Reader, field: string): Name {
    const code = reader.u8(field);
    const name = this.#names.get(code);
    if (name === undefined) {
      throw new WireError(status.InvalidCommand, `${field} has the unknown kind ${code}`);
    }
    return name;
  }
}

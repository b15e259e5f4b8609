import { statusName, statusText } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';

/** Every failure of the client, whether the broker answered it or it arose on this side. */
export class VeltroError extends Error {
  /** Status code of the protocol's error table. */
  readonly code: number;

  /** `message` is one sentence; the text of the status by default. */
  constructor(code: number, message: string = statusText(code), options?: ErrorOptions) {
    super(message, options);
    this.name = statusName(code);
    this.code = code;
  }
}

/** The error of a command that the broker answered with a status. */
export function refusal(command: string, code: number): VeltroError {
  const reason = statusName(code).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`);
  return new VeltroError(
    code,
    `The broker refused ${command}: ${reason.toLowerCase()} (status ${code}).`,
  );
}

/** Runs a codec: its errors, and numbers that no field can hold, become one class. */
export function translated<Value>(code: number, run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    if (error instanceof WireError) throw new VeltroError(error.code, sentence(error));
    if (error instanceof RangeError || error instanceof TypeError) {
      throw new VeltroError(code, sentence(error), { cause: error });
    }
    throw error;
  }
}

function sentence({ message }: Error): string {
  const start = message.charAt(0).toUpperCase() + message.slice(1);
  return start.endsWith('.') ? start : `${start}.`;
}

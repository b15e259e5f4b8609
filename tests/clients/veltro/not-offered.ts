/** The client has no such call, or cannot express an argument; the message says why. */
export class NotOffered extends Error {}

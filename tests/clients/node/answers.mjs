// What can be said instead of a result.

/** A line that this driver does not understand. */
export class Misunderstood extends Error {}

/** Why the client cannot do what it is asked for. */
export class NotOffered extends Error {}

/** The run cannot go on; the message says why and what to do, and is shown as it is. */
export class ImportStopped extends Error {
  override readonly name: string = 'ImportStopped';
}

/** Somebody asked the run to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

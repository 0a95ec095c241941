/** Somebody else wrote between our reading and our writing; what was read must be read again. */
export class RaceLost extends Error {
  override readonly name = 'RaceLost';
}

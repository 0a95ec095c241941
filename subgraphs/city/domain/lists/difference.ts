export interface Difference<Entry> {
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
  readonly changed: readonly { readonly before: Entry; readonly after: Entry }[];
}

/** What became of the entries of one version in another; they are told apart by code, and their order says nothing. */
export function differenceOf<Entry extends { readonly code: string }>(before: readonly Entry[], after: readonly Entry[]): Difference<Entry> {
  const earlier = new Map(before.map((entry) => [entry.code, entry]));
  const later = new Set(after.map(({ code }) => code));
  return {
    added: after.filter(({ code }) => !earlier.has(code)),
    removed: before.filter(({ code }) => !later.has(code)),
    changed: after.flatMap((entry) => {
      const old = earlier.get(entry.code);
      return old && JSON.stringify(old) !== JSON.stringify(entry) ? [{ before: old, after: entry }] : [];
    }),
  };
}

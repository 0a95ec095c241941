// A file stands in for your database. Keep the two rules: many keys are one lookup, and a write is whole or not at all.
import { open, readFile, rename } from 'node:fs/promises';

export interface Shelter {
  readonly id: string;
  readonly name: string;
  readonly capacity: number;
  readonly isOpen: boolean;
  readonly version: number;
  /** Its community's area code. */
  readonly community: string;
}

export interface ShelterStore {
  byIds(ids: readonly string[]): Promise<readonly Shelter[]>;
  byCommunities(codes: readonly string[]): Promise<readonly Shelter[]>;
  /** Keeps it where the version before it is still the one in force; else false. */
  replace(shelter: Shelter): Promise<boolean>;
}

const samples: readonly Shelter[] = [
  { id: 'S-1', name: '亳州路避难场所', capacity: 800, isOpen: false, version: 1, community: '340103001001' },
  { id: 'S-2', name: '双岗学校操场', capacity: 1_500, isOpen: false, version: 1, community: '340103001001' },
];

export async function openStore(file: string): Promise<ShelterStore> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  let shelters = kept === null ? samples : (JSON.parse(kept) as Shelter[]);
  let last: Promise<unknown> = Promise.resolve();

  async function write(next: readonly Shelter[]): Promise<void> {
    const draft = await open(`${file}.draft`, 'w');
    try {
      await draft.writeFile(JSON.stringify(next, null, 2));
      await draft.sync();
    } finally {
      await draft.close();
    }
    await rename(`${file}.draft`, file);
    shelters = next;
  }

  async function replace(changed: Shelter): Promise<boolean> {
    const known = shelters.find(({ id }) => id === changed.id);
    if (known?.version !== changed.version - 1) return false;
    await write(shelters.map((shelter) => (shelter === known ? changed : shelter)));
    return true;
  }

  return {
    byIds: async (ids) => shelters.filter(({ id }) => ids.includes(id)),
    byCommunities: async (codes) => shelters.filter(({ community }) => codes.includes(community)),
    replace(changed) {
      const replaced = last.then(() => replace(changed));
      last = replaced.catch(() => undefined);
      return replaced;
    },
  };
}

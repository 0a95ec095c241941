// A file stands in for your database. Keep the two rules: many keys are one lookup, and a write is whole or not at all.
import { open, readFile, rename } from 'node:fs/promises';

export interface BureauDepartment {
  readonly id: string;
  readonly name: string;
  readonly duty: string;
  /** The platform's code of the bureau. */
  readonly bureau: string;
  readonly isOpen: boolean;
  readonly internalPhone: string;
  readonly version: number;
  /** Its street's area code. */
  readonly street: string;
}

export interface BureauDepartmentStore {
  byIds(ids: readonly string[]): Promise<readonly BureauDepartment[]>;
  byStreets(codes: readonly string[]): Promise<readonly BureauDepartment[]>;
  /** By id, those after `after`, at most `limit`. */
  page(after: string | null, limit: number): Promise<readonly BureauDepartment[]>;
  /** Keeps it where the version before it is still the one in force; else false. */
  replace(department: BureauDepartment): Promise<boolean>;
}

const bureau = '340103-02';
const samples: readonly BureauDepartment[] = [
  { id: 'D-1', name: '市容执法一中队', duty: '占道经营与户外广告的检查', bureau, isOpen: false, internalPhone: '0551-00000001', version: 1, street: '340103001' },
  { id: 'D-2', name: '渣土管理所', duty: '渣土运输的许可与检查', bureau, isOpen: false, internalPhone: '0551-00000002', version: 1, street: '340103001' },
  { id: 'D-3', name: '市容执法二中队', duty: '占道经营与户外广告的检查', bureau, isOpen: true, internalPhone: '0551-00000003', version: 1, street: '340103002' },
];

async function read(file: string): Promise<readonly BureauDepartment[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const kept = text === null ? samples : (JSON.parse(text) as readonly BureauDepartment[]);
  return kept.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

export async function openStore(file: string): Promise<BureauDepartmentStore> {
  let departments = await read(file);
  let last: Promise<unknown> = Promise.resolve();

  async function write(next: readonly BureauDepartment[]): Promise<void> {
    const draft = await open(`${file}.draft`, 'w');
    try {
      await draft.writeFile(JSON.stringify(next, null, 2));
      await draft.sync();
    } finally {
      await draft.close();
    }
    await rename(`${file}.draft`, file);
    departments = next;
  }

  async function replace(changed: BureauDepartment): Promise<boolean> {
    const known = departments.find(({ id }) => id === changed.id);
    if (known?.version !== changed.version - 1) return false;
    await write(departments.map((department) => (department === known ? changed : department)));
    return true;
  }

  return {
    byIds: async (ids) => departments.filter(({ id }) => ids.includes(id)),
    byStreets: async (codes) => departments.filter(({ street }) => codes.includes(street)),
    page: async (after, limit) => departments.filter(({ id }) => after === null || id > after).slice(0, limit),
    replace(changed) {
      const replaced = last.then(() => replace(changed));
      last = replaced.catch(() => undefined);
      return replaced;
    },
  };
}

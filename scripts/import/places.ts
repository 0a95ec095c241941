// Which communities a text may mean: a code, a name, or an address that contains one.
import { LRUCache } from 'lru-cache';
import { isWithin } from '../../subgraphs/shared/domain/areaCode.js';
import type { Gateway } from './gateway.js';
import { ImportStopped } from './stops.js';

export interface NamedArea {
  readonly code: string;
  readonly name: string;
}

/** The areas that there are today. */
export interface Areas {
  readonly districts: readonly NamedArea[];
  readonly streets: readonly NamedArea[];
  readonly communities: readonly NamedArea[];
}

/** `communities`: one for a community, all of it for a street or district; never empty. */
export type Found = { readonly communities: readonly string[] } | { readonly problem: string };

export interface Places {
  find(text: string): Found;
  /** The communities in (or of) this code, in order; none when there is no such area. */
  within(code: string): readonly string[];
}

interface Form {
  readonly code: string;
  readonly form: string;
}

const plain = (text: string): string => text.normalize('NFKC').replace(/\s+/g, '');

/** `社区居民委员会` is called 社区, `村民委员会` 村. First match. */
const shortenings: readonly (readonly [RegExp, string])[] = [
  [/社区(居委会|居民委员会|村委会|村民委员会|委员会)$/, '社区'],
  [/(居委会|居民委员会)$/, '社区'],
  [/(村委会|村民委员会)$/, '村'],
];

/** What an area is called within a longer text: its name, the name before or in its brackets, and that shortened. */
function callings(name: string): string[] {
  const full = plain(name);
  const [, before = full, inside] = /^(.+)\((.+)\)$/.exec(full) ?? [];
  const called = [full, before, ...(inside === undefined ? [] : [inside])];
  const short = called.flatMap((one) => {
    const found = shortenings.find(([ending]) => ending.test(one));
    return found ? [one.replace(...found)] : [];
  });
  return [...new Set([...called, ...short])];
}

const formsOf = (areas: readonly NamedArea[]): Form[] =>
  areas.flatMap(({ code, name }) => callings(name).map((form) => ({ code, form })));

/** Without the word for what it is: this is enough when it is all that a text says. */
const bare = (form: string): string => form.replace(/(社区|村|街道|镇|乡)$/, '');

/** The longest names decide: 柏景湾社区 is not 景湾社区. */
function longest(forms: readonly Form[]): Form[] {
  const most = Math.max(0, ...forms.map(({ form }) => form.length));
  return forms.filter(({ form }) => form.length === most);
}

const maxRemembered = 2_000;

/** `names` come before those of the areas: what an export calls an area, and its code. */
export function createPlaces(areas: Areas, names: Readonly<Record<string, string>> = {}): Places {
  const codes = areas.communities.map(({ code }) => code).toSorted();
  const levels = [formsOf(areas.districts), formsOf(areas.streets), formsOf(areas.communities)];
  const given = new Map(Object.entries(names).map(([name, code]) => [plain(name), code]));
  const remembered = new LRUCache<string, Found>({ max: maxRemembered });
  const within = (code: string): string[] => codes.filter((community) => isWithin(community, code));

  function byCode(code: string): Found {
    const communities = codeLengths.includes(code.length) ? within(code.slice(0, 12)) : [];
    return communities.length > 0 ? { communities } : { problem: `no area has the code ${code}` };
  }

  /** From the top: each level narrows down the next, and the lowest that is named is meant. */
  function byName(text: string): Found {
    let scope = [''];
    let rest = text;
    for (const forms of levels) {
      const inScope = forms.filter(({ code }) => scope.some((above) => isWithin(code, above)));
      const isNamed = ({ form }: Form): boolean => text.includes(form) || (rest.length > 1 && bare(form) === rest);
      const named = longest(inScope.filter(isNamed));
      const [first] = named;
      if (!first) continue;
      scope = [...new Set(named.map(({ code }) => code))];
      rest = rest.replace(first.form, '');
    }
    const [code = ''] = scope;
    if (code === '') return { problem: 'no area has that name' };
    if (scope.length === 1) return byCode(code);
    const several = `${scope.length} areas have that name (${scope.join(', ')})`;
    return { problem: `${several}; put the street or district before it` };
  }

  function search(text: string): Found {
    if (text === '') return { problem: 'it is empty' };
    const code = given.get(text) ?? text;
    return /^\d+$/.test(code) ? byCode(code) : byName(text);
  }

  return {
    within,
    find(text) {
      const key = plain(text);
      const known = remembered.get(key) ?? search(key);
      remembered.set(key, known);
      return known;
    },
  };
}

const codeLengths = [6, 9, 12, 15];
const pageSize = 100;
/** A city has some thousands; beyond this the answer is wrong, or this is not the way to ask. */
const maxCommunities = 50_000;

const treeQuery = '{ city { districts { code name streets { code name } } } }';
const pageQuery = `query Communities($first: Int, $after: String) {
  communities(first: $first, after: $after) { nodes { code name } pageInfo { hasNextPage endCursor } }
}`;

interface District extends NamedArea {
  readonly streets: readonly NamedArea[] | null;
}

interface Tree {
  readonly city: { readonly districts: readonly District[] | null } | null;
}

interface Page {
  readonly communities: {
    readonly nodes: readonly NamedArea[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** Asks for all areas once: they are few, and messages many. */
export async function loadAreas(gateway: Gateway): Promise<Areas> {
  const { city } = await gateway.ask<Tree>(treeQuery);
  const districts = city?.districts ?? [];
  const communities: NamedArea[] = [];
  let after: string | null = null;
  do {
    const page: Page = await gateway.ask<Page>(pageQuery, { first: pageSize, after });
    const { nodes, pageInfo } = page.communities;
    communities.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null && communities.length < maxCommunities);
  if (communities.length === 0) throw new ImportStopped('The platform has no areas yet; npm start brings them in.');
  if (after !== null) throw new ImportStopped(`More than ${maxCommunities} communities cannot be imported to.`);
  return { districts, streets: districts.flatMap(({ streets }) => streets ?? []), communities };
}

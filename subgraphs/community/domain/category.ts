export interface Category {
  /** `城乡建设/安全生产`: what a case carries, and what a filter takes. */
  readonly path: string;
  readonly name: string;
  readonly children: readonly Category[];
}

/** A taxonomy from its rows of names, one row a leaf; order is that of the rows. */
export function categoryTree(rows: readonly (readonly string[])[], parent = ''): Category[] {
  const names = [...new Set(rows.flatMap(([name]) => (name ? [name] : [])))];
  return names.map((name) => {
    const path = parent === '' ? name : `${parent}/${name}`;
    const below = rows.filter(([first]) => first === name).map(([, ...rest]) => rest);
    return { path, name, children: categoryTree(below, path) };
  });
}

/** Every path of the tree, of any depth. */
export const categoryPaths = (tree: readonly Category[]): string[] =>
  tree.flatMap(({ path, children }) => [path, ...categoryPaths(children)]);

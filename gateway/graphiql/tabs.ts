import { examples, type Example } from './examples.js';
import { roleNames } from './roleNames.js';

const heading = ({ role, title }: Example): string =>
  `# ${roleNames[role].zh}:${title.zh}\n# ${roleNames[role].en}: ${title.en}`;

const json = (value: object | undefined): string => (value ? JSON.stringify(value, null, 2) : '');

export const exampleTabs = examples.map((example) => ({
  query: `${heading(example)}\n${example.query}\n`,
  variables: json(example.variables),
  headers: json(example.headers),
}));

/** The example that a tab was opened with, as long as its heading stands. */
export const exampleOf = (query: string | null): Example | undefined =>
  examples.find((example) => query?.startsWith(heading(example)));

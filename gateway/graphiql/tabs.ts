import { roles } from '../roles.js';
import { examples, type Example } from './examples.js';
import { roleNames } from './roleNames.js';

const heading = ({ role, title }: Example): string =>
  `# ${roleNames[role].zh}:${title.zh}\n# ${roleNames[role].en}: ${title.en}`;

const hinted = ({ hint }: Example): string => (hint ? `# ${hint.zh}\n# ${hint.en}\n` : '');

const json = (value: object | undefined): string => (value ? JSON.stringify(value, null, 2) : '');

export const tabOf = (example: Example) => ({
  query: `${heading(example)}\n${hinted(example)}${example.query}\n`,
  variables: json(example.variables),
  headers: json(example.headers),
});

export const examplesByRole = roles.map((role) => ({ role, examples: examples.filter((example) => example.role === role) }));

/** What the page opens with: the first example of each role; the others are in its menu. */
export const exampleTabs = examplesByRole.flatMap(({ examples: [first] }) => (first ? [tabOf(first)] : []));

/** The example that a tab was opened with, as long as its heading stands. */
export const exampleOf = (query: string | null): Example | undefined =>
  examples.find((example) => query?.startsWith(`${heading(example)}\n`));

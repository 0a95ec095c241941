// What the columns of an export mean: a JSON file that says it, checked field by field.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { demandTypes } from '../../subgraphs/community/domain/case.js';
import { levelOfCode } from '../../subgraphs/shared/domain/areaCode.js';
import { timeReader } from './localTime.js';
import { ImportStopped } from './stops.js';

const must = (what: string) => ({ error: `must be ${what}` });
const text = (what: string) => z.string(must(what)).min(1, must(what));

function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys'
      ? `knows no ${issue.keys?.map(String).join(', ')}; it may have ${known}`
      : `must be an object with ${known}`),
  });
}

const column = text('the name of a column');
const named = object({ column });
const path = text('a path of the taxonomy, such as 城乡建设/安全生产');
const demandType = z.enum(demandTypes, must(`one of ${demandTypes.join(', ')}`));
const areaCode = (levels: string, digits: readonly number[]) =>
  z.string(must(levels)).refine((code) => levelOfCode(code) !== null && digits.includes(code.length), must(levels));
const anyArea = areaCode('the code of a district (6 digits), street (9) or community (12)', [6, 9, 12]);
const record = <Value extends z.ZodType>(value: Value, what: string) => z.record(z.string(), value, must(what));

const otherwise = object({
  community: areaCode('the code of a community (12 digits)', [12]).optional(),
  spread: z.array(anyArea, must('a list of area codes')).min(1, must('a list of at least one area code')).optional(),
}).refine(
  ({ community, spread }) => (community === undefined) !== (spread === undefined),
  must('either {"community": …} or {"spread": […]}'),
);

const reportedAt = object({
  column,
  format: text('the form of the times, such as yyyy/M/d H:mm:ss'),
  zone: text('a time zone such as Asia/Shanghai'),
}).superRefine(({ format, zone }, { addIssue }) => {
  try {
    timeReader(format, zone);
  } catch (error) {
    const [field = '', ...rest] = (error as Error).message.split(' ');
    addIssue({ code: 'custom', path: [field], message: rest.join(' ') });
  }
});

const mappingShape = object({
  about: z.union([z.string(), z.array(z.string())], must('a text, or a list of texts')).optional(),
  encoding: z.enum(['utf-8', 'gb18030'], must('utf-8 or gb18030 (for GBK and GB 2312 too)')).default('utf-8'),
  channel: z.enum(['HOTLINE', 'IMPORT'], must('HOTLINE or IMPORT')),
  kind: z.enum(['DEMAND', 'APPLICATION'], must('DEMAND or APPLICATION')),
  demandType: object({
    default: demandType,
    column: column.optional(),
    names: record(demandType, 'an object of names and demand types').default({}),
  }).optional(),
  sourceId: object({
    system: z.string(must('a short name of the system that the export is from'))
      .regex(/^[\w.-]{1,40}$/, must('1–40 letters, digits, dots, dashes or underscores')),
    columns: z.array(column, must('a list of columns')).min(1, must('a list of at least one column')),
  }),
  title: named.optional(),
  detail: named,
  reportedAt: reportedAt.optional(),
  category: object({
    column,
    paths: record(path, 'an object of names and paths of the taxonomy').default({}),
    otherwise: path.optional(),
  }),
  area: object({
    column: column.optional(),
    names: record(anyArea, 'an object of names and area codes').default({}),
    otherwise: otherwise.optional(),
  }).refine(
    (area) => area.column !== undefined || area.otherwise !== undefined,
    must('given a column, or otherwise, or both'),
  ),
  address: named.optional(),
  phone: named.optional(),
  reporterName: named.optional(),
}).refine(({ kind, demandType: type }) => (kind === 'DEMAND') === (type !== undefined), {
  path: ['demandType'],
  error: 'must be given for the kind DEMAND, such as {"default": "REQUEST"}, and for no other',
});

export type Mapping = z.infer<typeof mappingShape>;

/** @throws ImportStopped with one line for each thing that is wrong; `name` is what the lines call the mapping. */
export function parseMapping(json: string, name: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ImportStopped(`${name} is not JSON: ${(error as Error).message}.`);
  }
  const parsed = mappingShape.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path: where, message }) =>
    `  ${where.length > 0 ? where.map(String).join('.') : 'the mapping'} ${message}.`);
  throw new ImportStopped([`${name} is not a mapping; put this right:`, ...lines].join('\n'));
}

/** @throws ImportStopped when there is no such file, or it is not a mapping. */
export async function readMapping(file: string): Promise<Mapping> {
  const json = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ImportStopped(`The mapping ${file} cannot be read (${error.code ?? error.message}); write it after the `
      + 'example of data/civic-messages.mapping.json, or name another with --mapping.');
  });
  return parseMapping(json, file);
}

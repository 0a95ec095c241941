import { buildASTSchema, isEnumType } from 'graphql';
import { bodyOf, xmlText, type Feed, type FeedEntry } from '../../gateway/openness/feed.js';
import { codesFault, treeOf } from '../../subgraphs/city/domain/openness/codes.js';
import { firstVersion, opennessMachine, seesWhatItSaid, subjectKinds } from '../../subgraphs/city/domain/openness/entry.js';
import { opennessActions, opennessStates, opennessTransitions } from '../../subgraphs/city/domain/openness/entry.transitions.js';
import { readOpennessCodes } from '../../subgraphs/city/persistence/openness/codes.js';
import { availability, unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { people, places } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

it.each([
  ['OpennessState', opennessStates],
  ['OpennessAction', opennessActions],
  ['OpennessSubjectKind', subjectKinds],
] as const)('has the values of the code in the SDL enum %s', (name, values) => {
  const type = buildASTSchema(readSdl('city'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual([...values]);
});

it('reaches every state of an entry', () => {
  expect(unreachableStates(opennessTransitions, opennessStates, 'PUBLISHED')).toEqual([]);
});

describe('the catalogue', () => {
  it('has the 26 fields, and what the platform publishes by itself', () => {
    const codes = readOpennessCodes();
    const tree = treeOf([...codes.values()]);
    expect(tree.filter(({ code }) => code <= '26')).toHaveLength(26);
    expect(tree.find(({ code }) => code === '19')?.children.map(({ code }) => code)).toEqual(['19.01', '19.02', '19.03']);
    for (const code of ['90.01', '90.02', '90.03', '90.04', '90.05', '91.01']) expect(codes.has(code)).toBe(true);
  });

  const title = { zh: '社会救助', en: 'Assistance' };
  it.each([
    ['a code of another form', [{ code: '1', title }]],
    ['a code twice', [{ code: '19', title }, { code: '19', title }]],
    ['a code without its parent', [{ code: '19.01', title }]],
    ['a title in one language', [{ code: '19', title: { zh: '社会救助', en: ' ' } }]],
  ])('is none with %s', (_what, codes) => {
    expect(codesFault(codes)).not.toBeNull();
  });
});

describe('an entry', () => {
  const entry = firstVersion('one', places.street, { code: '92', title: '通知', titleEn: null, summary: null, text: '正文', subject: null }, '依据', people.street.id, new Date(0));
  const may = (who: Parameters<typeof availability>[2]): unknown =>
    availability(opennessMachine, entry, who, new Date(0)).filter(({ available }) => available).map(({ action }) => action);

  it('is corrected by its own office, and withdrawn by it and those above', () => {
    expect([may(people.street), may(people.district), may(people.city)]).toEqual([['CORRECT', 'WITHDRAW'], ['WITHDRAW'], ['WITHDRAW']]);
    for (const who of [people.clerk, actor('STREET_CLERK', places.otherStreet), people.resident, people.auditor, people.streetUnit]) expect(may(who)).toEqual([]);
  });

  it('says what it said to its office, those above and auditors alone once it is withdrawn', () => {
    const withdrawn = { ...entry, state: 'WITHDRAWN' } as const;
    expect([people.street, people.district, people.city, people.auditor].map((who) => seesWhatItSaid(withdrawn, who))).toEqual([true, true, true, true]);
    expect([null, people.resident, actor('RESIDENT', '3401'), people.clerk, people.streetUnit].map((who) => seesWhatItSaid(withdrawn, who))).toEqual([false, false, false, false, false]);
    expect(seesWhatItSaid(entry, null)).toBe(true);
  });
});

describe('a feed', () => {
  const nasty = 'A & B <script>"x"</script> \u0000\u000b\ud800]]> 合肥😀';
  const one: FeedEntry = {
    id: 'POWER_LIST:v 1/2', version: 2, title: nasty, summary: '摘要', text: null, code: { code: '90.01', title: '权力清单' }, publisher: { area: '3401' },
    publishedAt: '2026-03-02T02:00:00.000Z', updatedAt: '2026-03-03T02:00:00.000Z',
  };
  const feed: Feed = { url: 'http://x/openness/feed.xml?area=3401&code=90', area: '3401', code: '90', entries: [one] };

  it('escapes what XML cannot have, and leaves out what it cannot write', () => {
    expect(xmlText(nasty)).toBe('A &amp; B &lt;script&gt;&quot;x&quot;&lt;/script&gt; ]]&gt; 合肥😀');
    const xml = bodyOf.xml(feed);
    expect(xml).toContain('<link>http://x/openness/feed.xml?area=3401&amp;code=90</link>');
    expect(xml).toContain('<guid isPermaLink="false">tag:hefei-platform,2026:openness/POWER_LIST%3Av%201%2F2</guid>');
    expect(xml).toContain('<pubDate>Mon, 02 Mar 2026 02:00:00 GMT</pubDate>');
  });

  it('has what JSON Feed 1.1 asks for, and says the summary where there is no text', () => {
    const parsed = JSON.parse(bodyOf.json(feed)) as { version: string; items: Record<string, unknown>[] };
    expect(parsed.version).toBe('https://jsonfeed.org/version/1.1');
    expect(parsed.items).toEqual([expect.objectContaining({
      id: 'tag:hefei-platform,2026:openness/POWER_LIST%3Av%201%2F2', title: nasty, content_text: '摘要', date_published: one.publishedAt, date_modified: one.updatedAt,
    })]);
  });

  it('is the same bytes for the same entries', () => {
    expect([bodyOf.json({ ...feed }), bodyOf.xml({ ...feed })]).toEqual([bodyOf.json(feed), bodyOf.xml(feed)]);
  });
});

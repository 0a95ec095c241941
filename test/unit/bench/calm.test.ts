import { judge, type Asked } from '../../../scripts/bench/calm/asking.js';
import {
  isCalm, keepsSpeed, middle, overloadOf, troubleHeading, troubleOf, troubleRow, usualAgainMs, usualOf, worst, type Overload, type Trouble,
} from '../../../scripts/bench/calm/report.js';
import { slow } from '../../../scripts/bench/calm/slow.js';

describe('an answer under load', () => {
  const expected = '{"data":{"me":{"name":"王芳"}}}';
  const partial = (code: string, levels: object[]): string =>
    JSON.stringify({ errors: [{ message: 'm', extensions: { code } }], data: { me: null }, extensions: { levels } });
  const down = [{ subgraph: 'reviews', state: 'DOWN' }, { subgraph: 'products', state: 'OK' }];

  it.each<[string, number, string | undefined, string, Asked['kind'], string[]]>([
    ['that is the one expected, whatever is said beside the data', 200, undefined, '{"data":{"me":{"name":"王芳"}},"extensions":{"cost":{}}}\n', 'right', []],
    ['of the same data in other white space', 200, undefined, '{ "data": { "me": { "name": "王芳" } } }', 'right', []],
    ['of other data', 200, undefined, '{"data":{"me":{"name":"李伟"}}}', 'wrong', []],
    ['of more data', 200, undefined, '{"data":{"me":{"name":"王芳"},"you":1}}', 'wrong', []],
    ['in part, which says what is lacking', 200, undefined, partial('LEVEL_UNAVAILABLE', down), 'partial', ['reviews']],
    ['in part, which does not say what is lacking', 200, undefined, partial('LEVEL_UNAVAILABLE', []), 'wrong', []],
    ['with another error', 200, undefined, partial('INTERNAL_SERVER_ERROR', down), 'wrong', ['reviews']],
    ['with errors beside the data expected', 200, undefined, '{"data":{"me":{"name":"王芳"}},"errors":[{"message":"m"}]}', 'wrong', []],
    ['that asks to come again', 503, '1', '{"errors":[]}', 'refused', []],
    ['of 503 that does not say when', 503, undefined, '{"errors":[]}', 'wrong', []],
  ])('%s', (_what, status, retryAfter, text, kind, levels) => {
    expect(judge({ status, retryAfter, text }, expected)).toEqual({ kind, down: levels });
  });

  it('that is no JSON is no answer', () => {
    expect(() => judge({ status: 502, retryAfter: undefined, text: 'Bad Gateway' }, expected)).toThrow(SyntaxError);
  });
});

describe('a process that is slowed', () => {
  /** What happens to it, each pause ended by hand. */
  function slowed() {
    const seen: string[] = [];
    const pauses: { end(): void; fail(error: Error): void }[] = [];
    const pause = (ms: number, signal: AbortSignal): Promise<void> => {
      seen.push(`${ms} ms`);
      return new Promise((resolve, reject) => {
        pauses.push({ end: resolve, fail: reject });
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
    };
    const duty = slow({ kill: (signal) => seen.push(signal) > 0 }, { stoppedMs: 150, everyMs: 200 }, pause);
    return { seen, duty, pause: (index: number) => pauses[index] };
  }
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 10; i += 1) await Promise.resolve();
  };

  it('is stopped for a part of the time, again and again', async () => {
    const { seen, duty, pause } = slowed();
    for (const index of [0, 1, 2]) {
      pause(index)?.end();
      await turn();
    }
    expect(seen).toEqual(['SIGSTOP', '150 ms', 'SIGCONT', '50 ms', 'SIGSTOP', '150 ms', 'SIGCONT', '50 ms']);
    await duty.end();
  });

  it.each([['stopped', 0], ['at work', 1]])('goes on at the end, though it was %s just then', async (_what, ended) => {
    const { seen, duty, pause } = slowed();
    for (let index = 0; index < ended; index += 1) pause(index)?.end();
    await turn();
    await duty.end();
    const atEnd = seen.length;
    await turn();
    expect(seen.at(-1)).toBe('SIGCONT');
    expect(seen).toHaveLength(atEnd);
  });

  it('goes on when the one who slows it fails', async () => {
    const { seen, duty, pause } = slowed();
    pause(0)?.fail(new Error('no timers'));
    await expect(duty.end()).rejects.toThrow('no timers');
    expect(seen.at(-1)).toBe('SIGCONT');
  });
});

const asked = (at: number, ms: number, over: Partial<Asked> = {}): Asked => ({ at, ms, kind: 'right', down: [], ...over });
const lacking = (level: string): Partial<Asked> => ({ kind: 'partial', down: [level] });

describe('a level in trouble', () => {
  const before = Array.from({ length: 10 }, (_, index) => asked(index * 10, 10));
  const seen = { kind: 'slowed', level: 'reviews', others: [asked(300, 7)], from: 200, back: 1_200 } as const;

  it('is counted from when it begins to when the level is well', () => {
    const during = [asked(250, 200), asked(400, 300), asked(500, 500, lacking('reviews'))];
    const trouble = troubleOf({ ...seen, asked: [...before, ...during, asked(1_250, 10)] });
    expect(trouble).toEqual({
      kind: 'slowed', level: 'reviews', right: 2, partial: 1, wrong: 0, p99Ms: 500, othersRight: 1, othersP99Ms: 7, backMs: 0, usualAgainMs: 100,
    });
    expect(isCalm(trouble, 150)).toBe(true);
  });

  it('is in use again with the last answer that lacked it', () => {
    const { backMs } = troubleOf({ ...seen, asked: [...before, asked(1_100, 500, lacking('reviews')), asked(1_210, 10)] });
    expect(backMs).toBe(400);
  });

  it.each<[string, Asked[], Asked[]]>([
    ['an answer is wrong', [asked(300, 10, { kind: 'wrong' })], []],
    ['an answer lacks another level', [asked(300, 10, lacking('products'))], []],
    ['an answer is refused though there is room', [asked(300, 10, { kind: 'refused' })], []],
    ['an answer that needs nothing of the level lacks something', [], [asked(300, 10, lacking('reviews'))]],
  ])('is no calm one when %s', (_what, more, others) => {
    const trouble = troubleOf({ ...seen, asked: [...before, asked(250, 10), ...more, asked(1_250, 10)], others: [...seen.others, ...others] });
    expect(trouble.wrong).toBe(1);
    expect(isCalm(trouble, 150)).toBe(false);
  });

  const calm: Trouble = {
    kind: 'slowed', level: 'reviews', right: 9, partial: 0, wrong: 0, p99Ms: 300, othersRight: 9, othersP99Ms: 20, backMs: 0, usualAgainMs: 50,
  };

  it.each<[string, Partial<Trouble>]>([
    ['nothing was answered', { right: 0 }],
    ['those who do not need it waited for it', { othersP99Ms: 151 }],
    ['those who do not need it got nothing', { othersRight: 0 }],
    ['it was back late', { backMs: 1_001 }],
    ['it was slow for long', { usualAgainMs: Infinity }],
    ['it was away and nobody noticed', { kind: 'hung', partial: 0 }],
  ])('is no calm one when %s', (_what, over) => {
    expect(isCalm(calm, 150)).toBe(true);
    expect(isCalm({ ...calm, ...over }, 150)).toBe(false);
  });

  it('has the worst figures of all levels, and a row of its own', () => {
    const other = { ...calm, level: 'products', right: 5, p99Ms: 250, usualAgainMs: Infinity };
    expect(JSON.parse(JSON.stringify(worst([calm, other])))).toEqual({
      right: 5, partial: 0, wrong: 0, p99Ms: 300, othersRight: 9, othersP99Ms: 20, backMs: 0, usualAgainMs: null,
    });
    expect([...troubleHeading, troubleRow(calm)].map((line) => line.split('|').length)).toEqual([12, 12, 12]);
    expect(troubleRow(calm)).toBe('| slowed | reviews | 9 | 0 | 0 | 300 | 9 | 20 | 0 | 50 |');
  });
});

describe('the usual speed', () => {
  const slowAnswers = Array.from({ length: 5 }, (_, index) => asked(1_000 + index, 60 + index));
  const quick = (from: number): Asked[] => Array.from({ length: 9 }, (_, index) => asked(from + index, 12));

  it('has come again once most answers take no longer than twice the usual', () => {
    expect(usualAgainMs([...slowAnswers, ...quick(1_120)], { usualMs: 10, back: 1_000 })).toBe(150);
  });

  it('is not spoilt by a few that had to wait, nor by those of before', () => {
    expect(usualAgainMs([asked(900, 5), ...slowAnswers, ...quick(1_055)], { usualMs: 10, back: 1_000 })).toBe(100);
  });

  it('never comes again when all stay slow, or nobody is answered', () => {
    expect(usualAgainMs(slowAnswers, { usualMs: 10, back: 1_000 })).toBe(Infinity);
    expect(usualAgainMs([], { usualMs: 10, back: 1_000 })).toBe(Infinity);
  });
});

describe('an overload', () => {
  const usual = usualOf(Array.from({ length: 100 }, () => asked(0, 20)), 2);

  it('is measured by those accepted, against the usual', () => {
    const refused = [asked(0, 1, { kind: 'refused' }), asked(0, 1, { kind: 'refused' })];
    const overload = overloadOf(usual, [asked(0, 30), asked(0, 50), ...refused]);
    expect(overload).toEqual({ usual: { perSecond: 50, p99Ms: 20 }, accepted: 2, refused: 2, wrong: 0, p99Ms: 50, ratio: 2.5 });
    expect(keepsSpeed(overload)).toBe(true);
  });

  it.each<[string, Asked[]]>([
    ['those accepted are too slow', [asked(0, 61)]],
    ['nobody is accepted', [asked(0, 1, { kind: 'refused' })]],
    ['an answer is wrong', [asked(0, 20), asked(0, 1, { kind: 'wrong' })]],
    ['an answer lacks a level that is well', [asked(0, 20), asked(0, 1, lacking('reviews'))]],
  ])('is no calm one when %s', (_what, flooded) => {
    expect(keepsSpeed(overloadOf(usual, flooded))).toBe(false);
  });

  it('counts by its middle round, and every wrong answer', () => {
    const round = (ratio: number, wrong: number): Overload => ({ usual, accepted: 1, refused: 1, wrong, p99Ms: 20 * ratio, ratio });
    expect(middle([round(4, 0), round(1, 2), round(2, 1)])).toEqual(round(2, 3));
  });
});

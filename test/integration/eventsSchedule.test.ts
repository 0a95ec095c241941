import fc from 'fast-check';
import { openWorld, type Fault, type World } from '../kit/events.js';

const senders = ['street', 'district', 'city'] as const;
type Sender = (typeof senders)[number];

/** One thing that may happen, in the order it is drawn. */
type Happening =
  | {
      readonly what: 'commit'; readonly by: Sender; readonly about: number; readonly events: number;
      readonly dies: boolean; readonly fault: Fault | null;
    }
  | { readonly what: 'sweep'; readonly by: Sender; readonly relays: number; readonly fault: Fault | null }
  | { readonly what: 'echo'; readonly of: number; readonly turned: boolean }
  | { readonly what: 'effects fail'; readonly number: number }
  | { readonly what: 'take in what waits' }
  | { readonly what: 'time passes'; readonly ms: number };

const fault = fc.option(fc.constantFrom<Fault>('lost', 'answer lost', 'twice', 'turned round'), { freq: 2 });
const sender = fc.constantFrom(...senders);
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const a = <W extends Happening['what']>(what: W): fc.Arbitrary<W> => fc.constant(what);
const commit = fc.record({
  what: a('commit'), by: sender, about: fc.nat(1), events: upTo(3), dies: fc.boolean(), fault,
});
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: commit },
  { weight: 2, arbitrary: fc.record({ what: a('sweep'), by: sender, relays: upTo(2), fault }) },
  { weight: 2, arbitrary: fc.record({ what: a('echo'), of: fc.nat(50), turned: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: a('effects fail'), number: upTo(6) }) },
  { weight: 1, arbitrary: fc.record({ what: a('take in what waits') }) },
  { weight: 2, arbitrary: fc.record({ what: a('time passes'), ms: fc.constantFrom(50, 700, 6_000) }) },
);
/** Some happen at the same time; two of them never commit about the same subject, or what is right would be open. */
const moment = fc.uniqueArray(happening, {
  minLength: 1,
  maxLength: 3,
  selector: (one) => (one.what === 'commit' ? `${one.by} ${one.about}` : JSON.stringify(one)),
});

let world: World;
beforeAll(async () => {
  world = await openWorld('schedule');
});
afterAll(() => world.end());

let run = 0;

/** Lets it happen; answers what was committed, by `<sender>:<subject>`. */
async function play(schedule: readonly (readonly Happening[])[]): Promise<Record<string, number[]>> {
  run += 1;
  const { clock, faults, posts, failing, offices } = world;
  posts.length = 0;
  const committed: Record<string, number[]> = {};

  async function happen(one: Happening): Promise<unknown> {
    switch (one.what) {
      case 'commit': {
        const subject = `case ${run}-${one.about}`;
        const numbers = (committed[`${one.by}:${subject}`] ??= []);
        const fresh = Array.from({ length: one.events }, (_, i) => numbers.length + i + 1);
        numbers.push(...fresh);
        if (one.fault) faults.push(one.fault);
        return one.dies ? offices[one.by].emitAndDie(subject, ...fresh) : offices[one.by].emit(subject, ...fresh);
      }
      case 'sweep': {
        if (one.fault) faults.push(one.fault);
        const relays = Array.from({ length: one.relays }, () => offices[one.by].twin().relay);
        return Promise.allSettled(relays.map((relay) => relay.sweep('community')));
      }
      case 'echo': {
        const post = posts[one.of % Math.max(posts.length, 1)];
        if (post?.to !== 'community') return;
        const batch = structuredClone(post.batch);
        return offices.community.twin().receiver.receive(one.turned ? batch.toReversed() : batch);
      }
      case 'effects fail':
        return failing.set(one.number, { error: new Error('not now'), times: 2 });
      case 'take in what waits':
        return offices.community.receiver.sweep();
      case 'time passes':
        return (clock.now += one.ms);
    }
  }

  for (const together of schedule) await Promise.all(together.map(happen));
  return committed;
}

/** All is well again, and a person has what was parked tried again. */
async function mend(): Promise<void> {
  world.failing.clear();
  await world.settle();
  const { events: { inbox }, receiver } = world.offices.community;
  const parked = await inbox.find({ status: 'PARKED' }).sort({ source: 1, subject: 1, sequence: 1 }).toArray();
  for (const { _id } of parked) await receiver.retry(_id);
  await world.settle();
}

it('brings about just what was committed, in order, whatever happens on the way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 3, maxLength: 14 }), async (schedule) => {
      const committed = await play(schedule);
      await mend();

      const effects = await world.effects();
      expect(Object.fromEntries(Object.keys(committed).map((key) => [key, effects[key]]))).toEqual(committed);
      expect(await world.offices.community.events.inbox.countDocuments({ status: { $ne: 'APPLIED' } })).toBe(0);
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

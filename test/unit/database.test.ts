import { type Choice, chooseDatabase, DatabaseUnavailable, PLACES, type Probes, uriFor } from '../../scripts/database.js';

const found = (place: string): Choice => ({ kind: 'mongod', binary: `/found/by/${place}`, description: place });

/** Probes that find nothing, but for those given; `asked` lists them in the order they were asked. */
function probes(given: Partial<Probes>) {
  const asked: string[] = [];
  const lines: string[] = [];
  const all = Object.fromEntries(PLACES.map((place) => [place, async () => {
    asked.push(place);
    return (await given[place]?.()) ?? null;
  }])) as Probes;
  return { asked, lines, choose: () => chooseDatabase(all, (line) => lines.push(line)) };
}

describe('chooseDatabase', () => {
  it('asks for the caller\'s own server first and for the stand-in last', async () => {
    const { asked, choose } = probes({ standIn: async () => found('standIn') });

    await choose();

    expect(asked).toEqual(['uri', 'named', 'path', 'cache', 'download', 'standIn']);
  });

  it.each(PLACES)('takes what %s finds and asks no further', async (place) => {
    const { asked, lines, choose } = probes({ [place]: async () => found(place) });

    expect(await choose()).toEqual(found(place));
    expect(asked).toEqual(PLACES.slice(0, PLACES.indexOf(place) + 1));
    expect(lines).toEqual([]);
  });

  it('passes over a failed download with one line and goes on to the stand-in', async () => {
    const { lines, choose } = probes({
      download: () => Promise.reject(new Error('mongod 8.0.4 could not be downloaded (no route)\n  at a long stack')),
      standIn: async () => found('standIn'),
    });

    expect(await choose()).toEqual(found('standIn'));
    expect(lines).toEqual(['Database: mongod 8.0.4 could not be downloaded (no route).']);
  });

  it('asks no further when the server that the caller named does not answer', async () => {
    const refusal = new DatabaseUnavailable('MONGODB_URI names mongodb://h, which does not answer; start it.');
    const { asked, choose } = probes({ uri: () => Promise.reject(refusal), standIn: async () => found('standIn') });

    await expect(choose()).rejects.toBe(refusal);
    expect(asked).toEqual(['uri']);
  });

  it('names every failure and the three ways out when nothing is left', async () => {
    const { choose } = probes({
      download: () => Promise.reject(new Error('mongod 8.0.4 could not be downloaded (no route)')),
      standIn: () => Promise.reject(new Error('provisioning needs root')),
    });

    const error = await choose().then(() => null, (reason: unknown) => reason);

    expect(error).toBeInstanceOf(DatabaseUnavailable);
    const { message } = error as DatabaseUnavailable;
    expect(message).toContain('mongod 8.0.4 could not be downloaded (no route)');
    expect(message).toContain('provisioning needs root');
    expect(message.match(/^ {2}\d\./gm)).toEqual(['  1.', '  2.', '  3.']);
    for (const way of ['MONGODB_URI', 'PATH', 'root', 'LOCAL_MONGOD_HOME']) expect(message).toContain(way);
  });
});

describe('uriFor', () => {
  it.each([
    ['keeps the options', 'mongodb://127.0.0.1:27017/?replicaSet=rs0', 'mongodb://127.0.0.1:27017/city?replicaSet=rs0'],
    ['does without options', 'mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/city'],
    ['replaces a database', 'mongodb://127.0.0.1:27017/other?w=1', 'mongodb://127.0.0.1:27017/city?w=1'],
    ['keeps several hosts', 'mongodb://a:1,b:2/?replicaSet=rs0', 'mongodb://a:1,b:2/city?replicaSet=rs0'],
    ['keeps a service name', 'mongodb+srv://h.example/', 'mongodb+srv://h.example/city'],
    ['keeps where a user is looked up by default', 'mongodb://u:p@h', 'mongodb://u:p@h/city?authSource=admin'],
    ['keeps where a user is looked up by path', 'mongodb://u:p@h/own?w=1', 'mongodb://u:p@h/city?w=1&authSource=own'],
    ['keeps a given authSource', 'mongodb://u:p@h/x?authSource=y', 'mongodb://u:p@h/city?authSource=y'],
  ])('%s', (_name, base, expected) => {
    expect(uriFor(base, 'city')).toBe(expected);
  });

  it.each(['', '127.0.0.1:27017', 'postgres://127.0.0.1/city'])('refuses %p', (base) => {
    expect(() => uriFor(base, 'city')).toThrow(/mongodb:\/\/host:27017/);
  });
});

import { createTurns } from '../../subgraphs/shared/inTurn.js';

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('those of one key', () => {
  it('come one after the other, those of another key beside them', async () => {
    const inTurn = createTurns();
    const seen: string[] = [];
    const visit = (key: string, name: string) => inTurn(key, async () => {
      seen.push(`${name} in`);
      await turnOfTheLoop();
      seen.push(`${name} out`);
      return name;
    });
    expect(await Promise.all([visit('a', '1'), visit('a', '2'), visit('b', '3')])).toEqual(['1', '2', '3']);
    expect(seen.filter((line) => !line.startsWith('3'))).toEqual(['1 in', '1 out', '2 in', '2 out']);
    expect(seen.indexOf('3 in')).toBeLessThan(seen.indexOf('1 out'));
  });

  it('are not held up by one that fails', async () => {
    const inTurn = createTurns();
    const failing = inTurn('a', async () => {
      throw new Error('no');
    });
    const next = inTurn('a', async () => 'next');
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('next');
  });
});

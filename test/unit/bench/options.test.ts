import { readCalmOptions, readGatewayOptions } from '../../../scripts/bench/options.js';

const peers = ['hive', 'grafbase'];
const words = (line: string): string[] => line.split(' ').filter(Boolean);

describe('the command line of bench:calm', () => {
  it.each([['', 5], ['--seconds 2', 2]])('is understood: %s', (line, seconds) => {
    expect(readCalmOptions(words(line))).toEqual({ seconds });
  });

  it.each([
    ['--seconds 0', /--seconds must be a whole number above 0/],
    ['--seconds 1.5', /--seconds must be a whole number above 0/],
    ['--seconds soon', /--seconds must be a whole number above 0/],
    ['--rounds 3', /--rounds/],
    ['5', /positional/],
  ])('is refused with what to put right: %s', (line, reason) => {
    expect(() => readCalmOptions(words(line))).toThrow(reason);
  });
});

describe('the command line of bench:gateway', () => {
  it.each([
    ['', { seconds: 5, rounds: 3, connections: 50, peers }],
    ['--seconds 2 --rounds 1 --connections 8', { seconds: 2, rounds: 1, connections: 8, peers }],
    ['--peers grafbase', { seconds: 5, rounds: 3, connections: 50, peers: ['grafbase'] }],
    ['--peers none', { seconds: 5, rounds: 3, connections: 50, peers: [] }],
  ])('is understood: %s', (line, wanted) => {
    expect(readGatewayOptions(words(line), peers)).toEqual(wanted);
  });

  it.each([
    ['--seconds 0', /--seconds must be a whole number above 0/],
    ['--rounds 2.5', /--rounds must be a whole number above 0/],
    ['--connections x', /--connections must be a whole number above 0/],
    ['--peers router', /no peer "router"/],
    ['--peers hive,none', /no peer "none"/],
    ['--cases 3', /--cases/],
  ])('is refused with what to put right: %s', (line, reason) => {
    expect(() => readGatewayOptions(words(line), peers)).toThrow(reason);
  });
});

// The benches' command lines.
import { parseArgs } from 'node:util';

const text = (usual: string) => ({ type: 'string', default: usual }) as const;

export const calmUsage = 'Use: npm run bench:calm -- [--seconds 5], a whole number above 0.';

/** @throws Error with one sentence on what to put right. */
export function readCalmOptions(args: readonly string[]): { readonly seconds: number } {
  const { values } = parseArgs({ args: [...args], options: { seconds: text('5') } });
  return { seconds: wholeNumber('--seconds', values.seconds) };
}

export interface GatewayOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly peers: readonly string[];
}

export const gatewayUsage = (peerNames: readonly string[]): string =>
  `Use: npm run bench:gateway -- [--seconds 5] [--rounds 3] [--connections 50], whole numbers above 0; [--peers ${peerNames.join(',')}], or none.`;

/** @throws Error with one sentence on what to put right. */
export function readGatewayOptions(args: readonly string[], peerNames: readonly string[]): GatewayOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: text('5'), rounds: text('3'), connections: text('50'), peers: text(peerNames.join(',')) },
  });
  const peers = values.peers === 'none' ? [] : values.peers.split(',');
  const unknown = peers.find((name) => !peerNames.includes(name));
  if (unknown !== undefined) throw new Error(`There is no peer "${unknown}".`);
  return {
    seconds: wholeNumber('--seconds', values.seconds), rounds: wholeNumber('--rounds', values.rounds),
    connections: wholeNumber('--connections', values.connections), peers,
  };
}

function wholeNumber(option: string, given: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} must be a whole number above 0.`);
  return value;
}

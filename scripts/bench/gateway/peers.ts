// Other gateways, for the bench alone: installed into a folder of their own that git ignores, never among our dependencies.
import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Started {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Bench {
  readonly supergraphFile: string;
  readonly subgraphs: readonly { readonly name: string; readonly url: string; readonly sdl: string }[];
  /** A peer's own, where it runs and finds what it wants to read. */
  readonly folder: string;
  readonly port: number;
}

export interface Peer {
  readonly name: string;
  start(bench: Bench): Started;
}

/** Left out, and why. */
export interface Missing {
  readonly name: string;
  readonly why: string;
}

const hiveGateway = '@graphql-hive/gateway@2.15.1';
const hiveRuntime = '@graphql-hive/router-runtime@1.4.23';
const grafbase = '@grafbase/cli-x86_64-unknown-linux-musl@0.103.0';

interface Candidate {
  readonly name: string;
  readonly packages: readonly string[];
  peer(modules: string): Omit<Peer, 'name'>;
}

const hive = (modules: string, ...flags: readonly string[]): Omit<Peer, 'name'> => ({
  start: ({ supergraphFile, port }) => ({
    command: process.execPath,
    args: [join(modules, '@graphql-hive/gateway/dist/bin.js'), 'supergraph', supergraphFile, '--host', '127.0.0.1', '--port', String(port), ...flags],
  }),
});

const candidates: readonly Candidate[] = [
  { name: 'hive', packages: [hiveGateway], peer: (modules) => hive(modules) },
  { name: 'hiveRust', packages: [hiveGateway, hiveRuntime], peer: (modules) => hive(modules, '--hive-router-runtime') },
  {
    name: 'grafbase',
    packages: [grafbase],
    peer(modules) {
      const command = join(modules, '@grafbase/cli-x86_64-unknown-linux-musl/grafbase');
      chmodSync(command, 0o755);
      return {
        start({ subgraphs, folder, port }) {
          const config = join(folder, 'grafbase.toml');
          writeFileSync(config, subgraphs.map(({ name, url, sdl }) => {
            const file = join(folder, `${name}.graphql`);
            writeFileSync(file, sdl);
            return `[subgraphs.${name}]\nurl = "${url}"\nschema_path = "${file}"\n`;
          }).join('\n'));
          return {
            command, args: ['dev', '-c', config, '-p', String(port)], environment: { GRAFBASE_TELEMETRY_DISABLED: '1', HOME: folder },
          };
        },
      };
    },
  },
];

/** Installs what is not there yet, without install scripts; a peer that cannot be had is left out. */
export async function installPeers(folder: string, names: readonly string[]): Promise<{ readonly peers: readonly Peer[]; readonly missing: readonly Missing[] }> {
  const peers: Peer[] = [];
  const missing: Missing[] = [];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  for (const { name, packages, peer } of candidates.filter((one) => names.includes(one.name))) {
    try {
      const modules = join(folder, 'node_modules');
      if (!packages.every((one) => isThere(modules, one))) {
        await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...packages], { cwd: folder, timeout: 600_000 });
      }
      peers.push({ name, ...peer(modules) });
    } catch (error) {
      missing.push({ name, why: String((error as Error).message.split('\n')[0]) });
    }
  }
  return { peers, missing };
}

function isThere(modules: string, versioned: string): boolean {
  try {
    accessSync(join(modules, versioned.slice(0, versioned.lastIndexOf('@')), 'package.json'), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

export const peerNames: readonly string[] = candidates.map(({ name }) => name);

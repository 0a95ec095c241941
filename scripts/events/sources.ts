// Where the levels' databases, addresses and keys are found.
import { join } from 'node:path';
import type { JWK } from 'jose';
import type { SubgraphName } from '../../schema/events.js';
import { developmentKeys } from '../keys.js';
import { databaseUrisOf, subgraphNames } from '../platform/processes.js';
import { defaultDataDir, readRunning } from '../platform/running.js';
import type { LevelUris } from './overview.js';

/** A running level, to be asked with its own key. */
export interface Office {
  readonly url: string;
  readonly key: JWK;
}

export interface Sources {
  readonly uris: LevelUris;
  /** Null where the level can be looked at only. */
  office(level: SubgraphName): Promise<Office | null>;
}

const defaultPorts: Readonly<Record<SubgraphName, number>> = {
  city: 4001, district: 4002, street: 4003, community: 4004,
};

/** The environment a level is deployed with: its own key says which one it is. */
function deployedLevel(env: NodeJS.ProcessEnv, uri: string, key: string): Sources {
  const parsed = JSON.parse(key) as JWK;
  const level = subgraphNames.find((name) => name === parsed.kid);
  if (level === undefined) {
    throw new Error('SERVICE_PRIVATE_KEY 不是某一级的密钥。 / SERVICE_PRIVATE_KEY is not the key of a level.');
  }
  const url = env[`${level.toUpperCase()}_URL`] || `http://127.0.0.1:${defaultPorts[level]}`;
  return { uris: { [level]: uri }, office: async (wanted) => (wanted === level ? { url, key: parsed } : null) };
}

/** The platform that `npm start` runs, else a level deployed by itself, else databases to look into; null for none. */
export function findSources(env: NodeJS.ProcessEnv): Sources | null {
  const dataDir = env['DATA_DIR'] || defaultDataDir;
  const running = readRunning(dataDir);
  if (running) {
    return {
      uris: running.databaseUris,
      office: async (level) => ({
        url: running.urls[level], key: (await developmentKeys(join(dataDir, 'keys'))).services[level],
      }),
    };
  }
  const uri = env['MONGODB_URI'];
  const key = env['SERVICE_PRIVATE_KEY'];
  if (!uri) return null;
  if (key) return deployedLevel(env, uri, key);
  return { uris: databaseUrisOf(uri, env['DATABASE_PREFIX'] || 'hefei'), office: async () => null };
}

import type { DocumentNode } from 'graphql';
import { readSdl } from '../subgraphs/shared/graphql/sdl.js';

const ports = { city: 4001, district: 4002, street: 4003, community: 4004 };

export interface Service {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

/** What the supergraph is composed of. */
export const levelServices = (): Service[] => Object.entries(ports).map(([name, port]) => ({
  name,
  url: `http://127.0.0.1:${port}/graphql`,
  typeDefs: readSdl(name),
}));

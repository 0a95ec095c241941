// Composes schema/*.graphql into schema/supergraph.graphql and says what changes for callers; with --check only compares. Fails
// with every error at once.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';
import { manifestFrom } from '../gateway/limits/persisted.js';
import { withoutSecurityPurpose } from '../gateway/supergraph.js';
import { brokenIn, changesBetween, reportLines, type Operation } from './compose/changes.js';
import { undescribed } from './descriptions.js';
import { writeOrCheck } from './freshness.js';
import { levelServices } from './services.js';
import { unsupported } from './unsupported.js';

const supergraphFile = 'schema/supergraph.graphql';
const usage = 'Use: npm run compose -- [--check] [--against FILE] [--allow-breaking]';

function readArguments() {
  try {
    return parseArgs({ options: { check: { type: 'boolean' }, against: { type: 'string' }, 'allow-breaking': { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

const apiSchemaOf = (sdl: string): GraphQLSchema => Supergraph.build(withoutSecurityPurpose(sdl)).apiSchema().toGraphQLJSSchema();

async function persistedOperations(): Promise<Operation[]> {
  const text = await readFile(new URL('../schema/operations/manifest.json', import.meta.url), 'utf8');
  return [...manifestFrom(text)].map(([id, body]) => ({ name: /\b(?:query|mutation|subscription)\s+(\w+)/.exec(body)?.[1] ?? id, body }));
}

/** Null before the first. */
async function lastSupergraph(against: string | undefined): Promise<string | null> {
  if (against === undefined) return readFile(new URL(`../${supergraphFile}`, import.meta.url), 'utf8').catch(() => null);
  return readFile(against, 'utf8').catch(() => {
    console.error(`${against} cannot be read; name a supergraph that was released with --against.`);
    process.exit(2);
  });
}

const { check = false, against, 'allow-breaking': allowBreaking = false } = readArguments();
const services = levelServices();
const { supergraphSdl, errors = [] } = composeServices(services);
const faults = [
  ...errors.map((error) => error.message),
  ...unsupported(supergraphSdl ?? '').map(({ zh, en }) => `${zh} / ${en}`),
  ...services.flatMap(({ name, typeDefs }) =>
    undescribed(typeDefs).map((path) => `schema/${name}.graphql: ${path} needs a description "中文。 / English."`)),
];
for (const fault of new Set(faults)) console.error(fault);
if (supergraphSdl === undefined || faults.length > 0) process.exit(1);

const text = `${supergraphSdl.trimEnd()}\n`;
const last = await lastSupergraph(against);
const operations = await persistedOperations();
const after = apiSchemaOf(text);
const changes = last === null || last === text ? [] : changesBetween(apiSchemaOf(last), after, operations);
const broken = brokenIn(after, operations);
for (const line of reportLines(changes, broken)) console.error(line);
const isBreaking = changes.some(({ level }) => level === 'BREAKING') && !allowBreaking;
if (check && (broken.length > 0 || isBreaking)) {
  if (isBreaking) console.error('有破坏性变更;先 @deprecated,或以 --allow-breaking 认可。 / There are breaking changes; deprecate first, or accept them with --allow-breaking.');
  process.exitCode = 1;
}
await writeOrCheck(supergraphFile, text, 'npm run compose');

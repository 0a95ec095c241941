import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { printSchema, Supergraph } from '@apollo/federation-internals';
import { buildASTSchema, parse, type GraphQLSchema } from 'graphql';

export interface Schemas {
  /** What callers see. */
  readonly apiSchema: GraphQLSchema;
  /** With the types that callers may not see. */
  readonly supergraph: GraphQLSchema;
}

/** The same as SDL, which passes from thread to thread. */
export type SchemaTexts = Readonly<Record<keyof Schemas, string>>;

export type SchemaAnswer = { readonly texts: SchemaTexts } | { readonly error: string };

const timeoutMs = 60_000;
const memoryMb = 1_024;

/** @throws Error when the supergraph cannot be used. */
export function builtSupergraph(supergraphSdl: string): Supergraph {
  try {
    return Supergraph.build(supergraphSdl);
  } catch (error) {
    throw new Error(`The supergraph cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

export function textsOf(supergraphSdl: string): SchemaTexts {
  const supergraph = builtSupergraph(supergraphSdl);
  return { apiSchema: printSchema(supergraph.apiSchema()), supergraph: printSchema(supergraph.schema) };
}

/** In a thread of its own, since it takes a second, for which requests would wait. */
export function textsInThread(supergraphSdl: string, signal?: AbortSignal): Promise<SchemaTexts> {
  const worker = new Worker(new URL('./schemasWorker.mjs', import.meta.url), {
    execArgv: [], workerData: supergraphSdl, resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  worker.unref();
  return new Promise<SchemaTexts>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The supergraph could not be built within ${timeoutMs / 1_000} s.`)), timeoutMs).unref();
    worker.once('message', (answer: SchemaAnswer) => ('texts' in answer ? resolve(answer.texts) : reject(new Error(answer.error))));
    worker.once('error', reject);
    signal?.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('The thread that builds the supergraph has ended.'));
    });
  }).finally(() => void worker.terminate());
}

/** A turn of the event loop for each. */
export async function schemasFrom(texts: SchemaTexts): Promise<Schemas> {
  const schemaFrom = async (text: string): Promise<GraphQLSchema> => {
    await nextTurn();
    const document = parse(text, { noLocation: true });
    await nextTurn();
    return buildASTSchema(document, { assumeValidSDL: true });
  };
  return { apiSchema: await schemaFrom(texts.apiSchema), supergraph: await schemaFrom(texts.supergraph) };
}

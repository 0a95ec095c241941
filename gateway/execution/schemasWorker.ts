import { parentPort, workerData } from 'node:worker_threads';
import { textsOf, type SchemaAnswer } from './schemas.js';

function answer(): SchemaAnswer {
  try {
    return { texts: textsOf(String(workerData)) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

parentPort?.postMessage(answer());

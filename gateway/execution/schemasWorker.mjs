// The thread's way into TypeScript: Node 20 does not pass `--import tsx` on to threads.
import { tsImport } from 'tsx/esm/api';

await tsImport('./schemasWorker.ts', import.meta.url);

// Jest loads this file by require, and require does not find a .ts file under its .js name by itself.
import 'tsx/cjs';
import { type Database, DatabaseUnavailable, openDatabase } from '../../scripts/database.js';

declare global {
  var testServer: Database | undefined;
}

/** Starts the one database server of a run, or takes MONGODB_URI's; unit tests and the template's by themselves go without. */
export default async function globalSetup({ testPathPatterns }: { testPathPatterns: { patterns: string[] } }) {
  const { patterns } = testPathPatterns;
  if (patterns.length > 0 && patterns.every((pattern) => /test\/unit\/|subgraphs\/template\//.test(pattern))) return;
  try {
    globalThis.testServer = await openDatabase({ dataDir: null, log: (line) => console.error(line) });
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  process.env['TEST_DATABASE_URI'] = globalThis.testServer.uri;
}

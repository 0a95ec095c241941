import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { uriFor } from '../../scripts/database.js';

export interface TestDatabase {
  name: string;
  uri: string;
  connection: mongoose.Connection;
  /** Drops the database and closes the connection. */
  drop(): Promise<void>;
}

/** A new, empty database on the run's server, for one test file alone; `name` is for whoever reads the server's logs. */
export async function testDatabase(name: string): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URI'];
  if (!server) throw new Error('This run has no database: test/unit/ goes without one, so move the test to test/integration/.');
  const unique = `${name.replace(/\W/g, '_').slice(0, 40)}_${randomBytes(6).toString('hex')}`;
  const uri = uriFor(server, unique);
  const connection = await mongoose.createConnection(uri, { maxPoolSize: 20 }).asPromise();
  return {
    name: unique,
    uri,
    connection,
    async drop() {
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

import { mongo } from 'mongoose';

/** Another document has the key already. */
export const isDuplicateKey = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 11_000;

/** Makes a transaction run again that lost a race the database does not tell from a mistake. */
export function runAgain(error: unknown): unknown {
  if (error instanceof mongo.MongoError) error.addErrorLabel(mongo.MongoErrorLabel.TransientTransactionError);
  return error;
}

const labels = [
  mongo.MongoErrorLabel.TransientTransactionError,
  mongo.MongoErrorLabel.UnknownTransactionCommitResult,
  mongo.MongoErrorLabel.RetryableWriteError,
];

/** The server's own trouble, by its number: shutting down, stepping down, out of disk, too slow, locked. */
const passing = new Set([
  6, 7, 24, 46, 50, 89, 91, 112, 189, 251, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031,
]);

/** Of the driver's own complaints, those about the connection; the others are mistakes of the caller. */
const aboutConnection = /Closed|NotConnected|Expired|Transaction/;

/** The database's trouble, not that of what was to be written: worth trying again as it is. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) {
    return labels.some((label) => error.hasErrorLabel(label)) || passing.has(Number(error.code));
  }
  if (error instanceof mongo.MongoAPIError) return aboutConnection.test(error.name);
  return error instanceof mongo.MongoError || (error instanceof Error && error.name === 'MongooseServerSelectionError');
}

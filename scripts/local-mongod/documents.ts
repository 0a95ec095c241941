import { type Document, deserialize, onDemand, serialize } from 'bson';

/** Keeps every BSON type as it came, so a document decoded and encoded again is the same. */
const RAW = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;
export const decode = (bytes: Uint8Array): Document => deserialize(bytes, RAW);
export const encode = (document: Document): Buffer => Buffer.from(serialize(document, { ignoreUndefined: false }));

/** Envelope fields of a command: read here, unknown to the engine. */
const ENVELOPE = new Set([
  '$db', '$clusterTime', '$readPreference', 'lsid', 'txnNumber', 'startTransaction', 'autocommit',
  'readConcern', 'writeConcern', 'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'comment',
]);

/** The bytes of a document as PostgreSQL shows it. */
export const fromText = (text: string): Buffer => Buffer.from(text.slice('BSONHEX'.length), 'hex');

interface Field {
  name: string;
  bytes: Buffer;
}

/** The document's own fields, not those inside them, each as the bytes it stands in. */
export function fieldsOf(document: Buffer): Field[] {
  return Array.from(onDemand.parseToElements(document), ([, nameOffset, nameLength, offset, length]) => ({
    name: document.toString('utf8', nameOffset, nameOffset + nameLength),
    bytes: document.subarray(nameOffset - 1, offset + length),
  }));
}

function documentOf(fields: readonly Field[]): Buffer {
  const size = fields.reduce((sum, { bytes }) => sum + bytes.length, 5);
  const head = Buffer.alloc(4);
  head.writeInt32LE(size);
  return Buffer.concat([head, ...fields.map(({ bytes }) => bytes), Buffer.alloc(1)], size);
}

/**
 * A command in two: `head`, decoded, is its first field and its envelope; `spec`, the bytes for the engine, is all but
 * the envelope. What may be large is thus never decoded.
 */
export function splitCommand(command: Buffer): { name: string; head: Document; spec: Buffer } {
  const fields = fieldsOf(command);
  const name = fields[0]?.name ?? '';
  return {
    name: name.toLowerCase(),
    head: decode(documentOf(fields.filter((field, index) => index === 0 || ENVELOPE.has(field.name)))),
    spec: documentOf(fields.filter((field) => !ENVELOPE.has(field.name))),
  };
}

/** The documents of a sequence, which stand one behind the other. */
export function documentsOf(sequence: Buffer): Document[] {
  const documents: Document[] = [];
  for (let rest = sequence; rest.length > 0;) {
    const size = rest.readInt32LE(0);
    if (size < 5) throw new RangeError('a document is at least five bytes');
    documents.push(decode(rest.subarray(0, size)));
    rest = rest.subarray(size);
  }
  return documents;
}

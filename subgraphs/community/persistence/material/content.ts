import { mongo, type Connection } from 'mongoose';
import { isDuplicateKey } from '../../../shared/persistence/failures.js';
import { pieceBytes } from '../../domain/material/upload.js';
import type { ContentStore } from '../../usecases/ports.js';

interface FileDocument {
  _id: string;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  filename: string;
}
interface ChunkDocument {
  files_id: string;
  n: number;
  data: mongo.Binary;
}

const bucket = 'materials';
/** The driver's own stream fetches as many as fit into 16 MiB, which is every one. */
const chunksAtOnce = 2;

/**
 * Cuts a stream into pieces of one size, the last one shorter; holds one at a time. What does not fill a piece, and is
 * not the end of what is expected, is left out.
 */
async function* piecesOf(bytes: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Uint8Array> {
  let [parts, held, left]: [Uint8Array[], number, number] = [[], 0, expected];
  for await (let chunk of bytes) {
    while (chunk.length > 0) {
      const wanted = Math.min(pieceBytes, left) - held;
      // More than was expected: shown as an empty piece, which no piece is.
      if (wanted === 0) return yield chunk.subarray(0, 0);
      const part = chunk.subarray(0, wanted);
      parts.push(part);
      held += part.length;
      chunk = chunk.subarray(part.length);
      if (part.length < wanted) continue;
      yield Buffer.concat(parts);
      [parts, held, left] = [[], 0, left - held];
    }
  }
}

/**
 * In GridFS, so that any tool for it reads them. Written and read without the driver's streams: those cannot go on with a
 * file that was begun, and hold all of it.
 */
export async function openContent(connection: Connection): Promise<ContentStore> {
  const { db } = connection;
  if (!db) throw new Error('Open the connection before its content.');
  const files = db.collection<FileDocument>(`${bucket}.files`);
  const chunks = db.collection<ChunkDocument>(`${bucket}.chunks`);
  await files.createIndex({ filename: 1, uploadDate: 1 });
  await chunks.createIndex({ files_id: 1, n: 1 }, { unique: true });

  const received = async (id: string, size: number): Promise<number> =>
    Math.min((await chunks.countDocuments({ files_id: id })) * pieceBytes, size);

  return {
    received,
    async append(id, { offset, size }, bytes) {
      let at = offset;
      for await (const piece of piecesOf(bytes, size - offset)) {
        if (piece.length === 0) return 'TOO_LONG';
        try {
          await chunks.insertOne({ files_id: id, n: at / pieceBytes, data: new mongo.Binary(piece) });
        } catch (error) {
          if (isDuplicateKey(error)) return 'CONFLICT';
          throw error;
        }
        at += piece.length;
      }
      return at;
    },
    async seal(id, size) {
      await files.updateOne(
        { _id: id }, { $setOnInsert: { length: size, chunkSize: pieceBytes, uploadDate: new Date(), filename: id } }, { upsert: true },
      );
    },
    async *read(id) {
      for await (const { data } of chunks.find({ files_id: id }, { batchSize: chunksAtOnce }).sort({ n: 1 })) yield data.value();
    },
    async remove(id) {
      await files.deleteOne({ _id: id });
      await chunks.deleteMany({ files_id: id });
    },
  };
}

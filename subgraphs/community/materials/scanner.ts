// Looks for viruses by clamd's INSTREAM, over TCP.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { MaterialScanner } from '../usecases/ports.js';

export const noScanner: MaterialScanner = { scan: async () => 'NOT_SCANNED' };

const timeoutMs = 30_000;
const maxAnswer = 4_096;

export interface ClamdOptions {
  readonly host: string;
  readonly port: number;
  /** How long clamd may be silent, 30 s by default. */
  readonly timeoutMs?: number;
}

const lengthOf = (piece: Uint8Array): Uint8Array => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(piece.length);
  return length;
};

/** `stream: OK`, `stream: <name> FOUND`; all else, and silence, is no verdict. */
function verdictOf(answer: string): 'CLEAN' | 'INFECTED' {
  if (/^stream: OK\0?$/.test(answer)) return 'CLEAN';
  if (/ FOUND\0?$/.test(answer)) return 'INFECTED';
  throw new Error(`clamd gave no verdict: ${answer.replace(/[^ -~]/g, '').slice(0, 100)}`);
}

export const clamdScanner = ({ host, port, timeoutMs: patience = timeoutMs }: ClamdOptions): MaterialScanner => ({
  async scan(bytes) {
    const socket = connect({ host, port });
    socket.setTimeout(patience, () => socket.destroy(new Error('clamd did not answer in time.')));
    await once(socket, 'connect');
    const answered = (async () => {
      let answer = '';
      for await (const chunk of socket) {
        answer += String(chunk);
        if (answer.length > maxAnswer) throw new Error('clamd said too much.');
      }
      return answer;
    })();
    // Awaited below; meanwhile a failure of the connection is nobody's.
    answered.catch(() => undefined);
    const write = (data: Uint8Array | string): Promise<void> =>
      new Promise((resolve, reject) => void socket.write(data, (error) => (error ? reject(error) : resolve())));
    try {
      await write('zINSTREAM\0');
      for await (const piece of bytes) {
        // It has its verdict already.
        if (!socket.writable) break;
        await write(lengthOf(piece));
        await write(piece);
      }
      await write(new Uint8Array(4));
      return verdictOf(await answered);
    } finally {
      socket.destroy();
    }
  },
});

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { clamdScanner, noScanner } from '../../subgraphs/community/materials/scanner.js';

const eicar = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*';

/** What a clamd that speaks INSTREAM would say to what it has been sent, once it has all of it. */
function answerOf(content: Buffer): string {
  if (content.includes(eicar)) return 'stream: Eicar-Signature FOUND\0';
  return content.includes('too long') ? 'INSTREAM size limit exceeded. ERROR\0' : 'stream: OK\0';
}

/** Reads the command and the pieces, each behind its length, to the piece of length 0; null while there is more to come. */
function contentIn(sent: Buffer): Buffer | null {
  const command = 'zINSTREAM\0';
  if (sent.subarray(0, command.length).toString() !== command) return null;
  const pieces: Buffer[] = [];
  for (let rest = sent.subarray(command.length); rest.length >= 4;) {
    const length = rest.readUInt32BE(0);
    if (length === 0) return Buffer.concat(pieces);
    if (rest.length < 4 + length) return null;
    pieces.push(rest.subarray(4, 4 + length));
    rest = rest.subarray(4 + length);
  }
  return null;
}

let server: Server;
let port: number;
let behave: (socket: Socket, content: Buffer) => void;
const scanned: Buffer[] = [];
const answering = (socket: Socket, content: Buffer): void => void socket.end(answerOf(content));

beforeAll(async () => {
  server = createServer((socket) => {
    let sent = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      sent = Buffer.concat([sent, chunk]);
      const content = contentIn(sent);
      if (!content) return;
      scanned.push(content);
      behave(socket, content);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  behave = answering;
  scanned.length = 0;
});

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
const scan = (...texts: readonly (string | Uint8Array)[]) => clamdScanner({ host: '127.0.0.1', port, timeoutMs: 200 }).scan(pieces(...texts));

it('sends all of it, piece by piece, and takes it for clean when clamd does', async () => {
  const large = Buffer.alloc(300_000, 7);
  await expect(scan('%PDF-', large, 'end')).resolves.toBe('CLEAN');
  expect(scanned).toEqual([Buffer.concat([Buffer.from('%PDF-'), large, Buffer.from('end')])]);
});

it('finds what is infected, also where it is cut in two', async () => {
  await expect(scan('%PDF-', eicar.slice(0, 20), eicar.slice(20))).resolves.toBe('INFECTED');
});

it.each<[string, (socket: Socket) => void]>([
  ['is closed without a word', (socket) => void socket.end()],
  ['is cut', (socket) => void socket.destroy()],
  ['says what is no verdict', (socket) => void socket.end('UNKNOWN COMMAND\0')],
  ['says too much', (socket) => void socket.end('x'.repeat(10_000))],
  ['says that it is clean, and more', (socket) => void socket.end('stream: OK\0stream: FOUND NOTHING')],
  ['says nothing in time', () => undefined],
])('gives no verdict when the connection %s', async (_what, how) => {
  behave = how;
  await expect(scan('%PDF-')).rejects.toThrow();
});

it('gives no verdict on what clamd does not take, nor without clamd', async () => {
  await expect(scan('too long')).rejects.toThrow('clamd gave no verdict: INSTREAM size limit exceeded. ERROR');
  await expect(clamdScanner({ host: '127.0.0.1', port: 1 }).scan(pieces('x'))).rejects.toThrow(/ECONNREFUSED/);
});

it('says so where there is no scanner', async () => {
  await expect(noScanner.scan(pieces('x'))).resolves.toBe('NOT_SCANNED');
});

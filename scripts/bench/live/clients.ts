// The idle subscribers of bench:live, each a resident with a connection of his own, in a process beside the gateway's.
import type { JWK } from 'jose';
import { WebSocket } from 'ws';
import { signToken } from '../../token.js';

interface Wanted {
  readonly url: string;
  readonly count: number;
  readonly issuerPrivateJwk: JWK;
}

const atOnce = 50;
const query = 'subscription { toDoChanged { eventId toDo(first: 1) { totalCount } } }';

/** Resolves once the first event has come. */
async function subscribe({ url, issuerPrivateJwk }: Wanted, index: number): Promise<void> {
  const token = await signToken({ role: 'RESIDENT', id: `resident-${index}` }, { issuerPrivateJwk });
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
    socket.once('error', reject).once('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data)) as { type: string; payload?: { data?: unknown } };
      if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      else if (type === 'next' && payload?.data) resolve();
      else if (type !== 'ping') reject(new Error(String(data)));
    });
  });
}

process.once('disconnect', () => process.exit(0));
process.once('message', (wanted: Wanted) => void (async () => {
  let [next, connected, failed] = [0, 0, 0];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < wanted.count) {
      await subscribe(wanted, (next += 1)).then(() => { connected += 1; }, (error: unknown) => {
        failed += 1;
        if (failed === 1) console.error(error);
      });
    }
  }));
  process.send?.({ connected, failed });
})());

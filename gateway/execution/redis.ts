export interface Entry {
  readonly key: string;
  readonly text: string;
  /** How long it is there. */
  readonly ms: number;
  /** What is there already stays. */
  readonly ifNew?: boolean;
}

/** One connection, which is not made anew. */
export interface Redis {
  /** Of the process that answers, which forgets nothing it has confirmed but what it evicts; another one may. */
  readonly run: string;
  /** All at one moment. */
  get(keys: readonly string[]): Promise<readonly (string | null)[]>;
  set(entries: readonly Entry[]): Promise<void>;
  close(): void;
}

/** `onLost` is called when the connection has ended, unless by `close`. */
export type Connect = (onLost: (reason: unknown) => void) => Promise<Redis>;

const connectMs = 1_000;

/** The URL may have credentials: none of it is in an error. */
export const redisAt = (url: string): Connect => async (onLost) => {
  const { createClient, ErrorReply } = await import('@redis/client');
  const client = createClient({
    url, RESP: 2, disableOfflineQueue: true, disableClientInfo: true, maintNotifications: 'disabled', commandOptions: { timeout: 0 },
    socket: { reconnectStrategy: false, connectTimeout: connectMs },
  });
  // An answer may repeat what it was asked, such as a password.
  const withoutArguments = (error: unknown): unknown =>
    (error instanceof ErrorReply ? new Error(`It answers ${error.message.split(' ')[0] ?? ''}.`) : error);
  client.on('error', (error) => onLost(withoutArguments(error)));

  async function send(...command: string[]): Promise<unknown> {
    try {
      return await client.sendCommand<unknown>(command);
    } catch (error) {
      throw withoutArguments(error);
    }
  }

  try {
    await inTime(client.connect(), connectMs);
    const run = /^run_id:(\w+)\r?$/m.exec(String(await inTime(send('INFO', 'server'), connectMs)))?.[1];
    if (run === undefined) throw new Error('It does not say which run it is.');
    return {
      run,
      async get(keys) {
        const values = await send('MGET', ...keys);
        if (!Array.isArray(values) || values.length !== keys.length) throw new Error('It answers something else than it was asked.');
        return values.map((value: unknown) => (typeof value === 'string' ? value : null));
      },
      async set(entries) {
        await Promise.all(entries.map(({ key, text, ms, ifNew }) => send('SET', key, text, 'PX', String(ms), ...(ifNew ? ['NX'] : []))));
      },
      close: () => client.destroy(),
    };
  } catch (error) {
    client.destroy();
    throw withoutArguments(error);
  }
};

/** Fails after so long. Two timers, so that it is not for want of a turn of this process that an answer comes too late. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => {
      timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms / 2);
    }, ms / 2);
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

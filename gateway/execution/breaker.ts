import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { timeoutCode, unavailableStatuses, type Sent, type Transport } from './transport.js';

export interface BreakerOptions {
  /** So many failures in a row, and it is left alone until its /health answers again. */
  readonly failures?: number | undefined;
  readonly onChange?: ((up: boolean) => void) | undefined;
}

export interface GuardedTransport extends Transport {
  /** Whether a request would be sent now. */
  admits(): boolean;
  isUp(): boolean;
  /** When it last answered; null before it has. */
  answeredAt(): number | null;
}

/** The code of what was not sent, since the subgraph is known to be away. */
export const awayCode = 'SUBGRAPH_AWAY';

export const defaultFailures = 5;
// Together less than the second in which a subgraph that is back must be used again.
const probeEveryMs = 200;
const probeTimeoutMs = 600;

// A connection that cannot be had, is cut, or says nothing in time; never what a subgraph says.
const ownDoing = ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'];
const slowness = [timeoutCode];

/** Sends nothing to a subgraph that does not answer, and asks its /health until it does. */
export function guard(transport: Transport, { failures = defaultFailures, onChange }: BreakerOptions = {}): GuardedTransport {
  let up = true;
  let ended = false;
  let answered: number | null = null;
  /** Whether the next request is to show that the subgraph not only lives, but answers. */
  let trial = false;
  let timer: NodeJS.Timeout | undefined;

  const failed = (error: Error): boolean =>
    // A trial that nobody waited for has shown nothing.
    (error.name === 'AbortError' ? breaker.state === CircuitState.HalfOpen : !ownDoing.includes(codeOf(error)));
  const breaker = circuitBreaker(
    handleWhen(failed).orWhenResult((sent) => unavailableStatuses.includes((sent as Sent).status)),
    // When to try again is settled here. From any number above this one it would find, were the clock set back, that it is too early.
    { halfOpenAfter: -Infinity, breaker: new ConsecutiveBreaker(failures) },
  );
  breaker.onBreak((reason) => {
    change(false);
    probeLater('error' in reason && slowness.includes(codeOf(reason.error)));
  });
  breaker.onReset(() => change(true));

  function change(to: boolean): void {
    if (up === to) return;
    up = to;
    onChange?.(to);
  }

  function probeLater(slow: boolean): void {
    if (ended) return;
    timer = setTimeout(() => void probe(slow), probeEveryMs).unref();
  }

  async function probe(slow: boolean): Promise<void> {
    if (!(await transport.healthy(probeTimeoutMs))) probeLater(slow);
    // It answered its /health all the while, perhaps: one request has to come back before the others are sent.
    else if (slow) trial = true;
    else await breaker.execute(() => ({ status: 200 }));
  }

  function end(): void {
    ended = true;
    clearTimeout(timer);
  }

  const admits = (): boolean => trial || breaker.state === CircuitState.Closed;

  return {
    admits,
    isUp: () => up,
    answeredAt: () => answered,
    healthy: transport.healthy,
    post(body, headers, again) {
      if (!admits()) return { answer: Promise.reject(away()), abort: () => undefined };
      trial = false;
      let abort = (): void => undefined;
      const answer = breaker.execute(async () => {
        const sending = transport.post(body, headers, again);
        abort = sending.abort;
        const sent = await sending.answer;
        if (!unavailableStatuses.includes(sent.status)) answered = Date.now();
        return sent;
      });
      return { answer, abort: () => abort() };
    },
    async close() {
      end();
      await transport.close();
    },
    async destroy() {
      end();
      await transport.destroy();
    },
  };
}

const codeOf = (error: Error): string => String((error as NodeJS.ErrnoException).code);
const away = (): Error => Object.assign(new Error('The subgraph is away.'), { code: awayCode });

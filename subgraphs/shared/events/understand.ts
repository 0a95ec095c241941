import { isEventType, routeOf, type EventType, type SubgraphName } from '../../../schema/events.js';
import type { UnitOfWork } from '../persistence/transactions.js';
import type { Envelope } from './envelope.js';

export interface Received {
  readonly id: string;
  readonly source: SubgraphName;
  readonly at: Date;
  readonly data: unknown;
}

/** The effect of events of one type; ordered ones come one at a time, others as they were sent, many at once. */
export type EventHandler = (events: readonly Received[], unit: UnitOfWork) => Promise<void>;
export type EventHandlers = Partial<Readonly<Record<EventType, EventHandler>>>;

export type Understood = { readonly handler: EventHandler; readonly event: Received } | { readonly error: string };

/** What an event means to `me`, or why it cannot be taken in. */
export function understand(me: SubgraphName, handlers: EventHandlers, envelope: Envelope): Understood {
  const { id, type, source, time, sequence, data } = envelope;
  if (!isEventType(type)) return { error: `unknown event type ${type}` };
  const route = routeOf(type);
  const handler = handlers[type];
  if (!route.from.includes(source)) return { error: `${source} may not send ${type}` };
  if (!route.to.includes(me) || !handler) return { error: `${type} is not for ${me}` };
  if (route.ordered !== sequence > 0) return { error: `${type} may not have sequence ${sequence}` };
  const checked = route.data.safeParse(data);
  if (checked.success) return { handler, event: { id, source, at: new Date(time), data: checked.data } };
  const problems = checked.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  return { error: `data of ${type}: ${problems.join('; ')}` };
}

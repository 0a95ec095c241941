import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Node tells only the answer whose turn it is that its connection has closed. Those to requests that were sent behind it, before
 * it was there, hear nothing, and whatever waits for their end would wait for good: here all are told.
 */
export function endingWithConnection(listener: RequestListener): RequestListener {
  const behind = new WeakMap<Socket, Set<ServerResponse>>();

  function waitingOn(socket: Socket): Set<ServerResponse> {
    const known = behind.get(socket);
    if (known) return known;
    const waiting = new Set<ServerResponse>();
    behind.set(socket, waiting);
    socket.once('close', () => {
      behind.delete(socket);
      for (const response of waiting) {
        // Since then it has had its turn.
        if (response.socket) continue;
        response.destroy();
        response.emit('close');
      }
    });
    return waiting;
  }

  return (request, response) => {
    if (!response.socket) {
      const waiting = waitingOn(request.socket);
      waiting.add(response);
      response.once('close', () => waiting.delete(response));
    }
    listener(request, response);
  };
}

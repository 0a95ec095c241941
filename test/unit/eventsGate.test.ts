import { createGate } from '../../subgraphs/shared/events/gate.js';

const gateAt = (start: number) => {
  const clock = { now: start };
  return { clock, gate: createGate(() => clock.now) };
};

describe('the gate of a receiver', () => {
  it('stands open until an attempt fails, and opens with the first that does not', () => {
    const { clock, gate } = gateAt(0);
    expect([gate.isOpen(), gate.opensIn()]).toEqual([true, 0]);

    expect(gate.attempt().failed()).toBe(true);
    expect([gate.isOpen(), gate.opensIn()]).toEqual([false, 100]);
    clock.now += 100;
    expect([gate.isOpen(), gate.opensIn()]).toEqual([true, 0]);

    expect(gate.attempt().reached()).toBe(true);
    expect(gate.attempt().reached()).toBe(false);
    expect(gate.attempt().failed()).toBe(true);
  });

  it('stays closed longer after each failure, at most a second', () => {
    const { clock, gate } = gateAt(0);
    const pauses = Array.from({ length: 6 }, () => {
      gate.attempt().failed();
      const pause = gate.opensIn();
      clock.now += pause;
      return pause;
    });
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('counts attempts that fail together as one', () => {
    const { gate } = gateAt(0);
    const attempts = [gate.attempt(), gate.attempt(), gate.attempt()];
    expect(attempts.map((attempt) => attempt.failed())).toEqual([true, false, false]);
    expect(gate.opensIn()).toBe(100);
  });

  it('counts as closed while an attempt goes unanswered for a second', () => {
    const { clock, gate } = gateAt(0);
    const slow = gate.attempt();
    clock.now = 500;
    gate.attempt();
    clock.now = 999;
    expect(gate.isOpen()).toBe(true);
    clock.now = 1_000;
    expect([gate.isOpen(), gate.opensIn()]).toEqual([false, 0]);
    slow.reached();
    expect(gate.isOpen()).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { ROUTER_BURST, ROUTER_PACE_MS, RouterBudgets } from './router-budget.js';

describe('budgets of routers', () => {
  function at(memory?: SharedArrayBuffer): { budgets: RouterBudgets; clock: { ms: number } } {
    const clock = { ms: 1_000_000 };
    return { budgets: new RouterBudgets(memory, () => BigInt(Math.round(clock.ms * 1000))), clock };
  }
  const taken = (budgets: RouterBudgets, router: bigint, tries: number): number =>
    Array.from({ length: tries }, () => budgets.take(router)).filter(Boolean).length;

  it('allow a burst, then one packet a pace, and a burst again after a rest', () => {
    const { budgets, clock } = at();
    const router = budgets.keyOf('198.18.1.2');
    expect(taken(budgets, router, 20)).toBe(ROUTER_BURST);
    let later = 0;
    // 20 paces, asked every 10 ms.
    for (let step = 0; step < 20 * (ROUTER_PACE_MS / 10); step++) {
      clock.ms += 10;
      later += taken(budgets, router, 1);
    }
    expect(later).toBe(20);
    clock.ms += ROUTER_BURST * ROUTER_PACE_MS;
    expect(taken(budgets, router, 20)).toBe(ROUTER_BURST);
  });

  it('never deny a run that keeps the pace by itself', () => {
    const { budgets, clock } = at();
    const router = budgets.keyOf('198.18.1.2');
    expect(taken(budgets, router, ROUTER_BURST)).toBe(ROUTER_BURST);
    // A round takes a little longer than the next.
    for (let round = 0; round < 100; round++) {
      clock.ms += ROUTER_PACE_MS + (round % 2 === 0 ? 3 : -3);
      expect(budgets.take(router), `round ${round}`).toBe(true);
    }
  });

  it('are one for each router, and one for all who share the memory', () => {
    const memory = new SharedArrayBuffer(100_000);
    const [one, other] = [at(memory).budgets, at(memory).budgets];
    expect(taken(one, one.keyOf('198.18.1.2'), 3)).toBe(3);
    expect(taken(other, other.keyOf('198.18.1.2'), 3)).toBe(2);
    expect(taken(other, other.keyOf('198.18.2.2'), 9)).toBe(ROUTER_BURST);
    const [sixth, second] = [other.atHop(6, 1), other.atHop(4, 2)];
    one.meet(4, 1, 77n);
    expect([other.atHop(4, 1), other.atHop(6, 1), other.atHop(4, 2)]).toEqual([77n, sixth, second]);
  });

  it('let the eldest of those who wait go first, and who may go without last', () => {
    const { budgets, clock } = at();
    const router = budgets.keyOf('198.18.1.2');
    const elder = budgets.since();
    clock.ms += 1;
    const younger = budgets.since();
    expect(taken(budgets, router, 9)).toBe(ROUTER_BURST);
    expect([budgets.take(router, younger), budgets.take(router, elder)]).toEqual([false, false]);
    clock.ms += ROUTER_PACE_MS - 80;
    budgets.take(router, elder);
    clock.ms += 80;
    expect([budgets.take(router), budgets.take(router, younger), budgets.take(router, elder)]).toEqual([false, false, true]);
    // It gave up: nobody waits for it for long.
    budgets.take(router, elder);
    clock.ms += ROUTER_PACE_MS;
    expect(budgets.take(router, younger)).toBe(true);
    clock.ms += ROUTER_PACE_MS;
    expect(budgets.take(router)).toBe(true);
  });

  it('move what another router has answered, and owe nothing', () => {
    const { budgets, clock } = at();
    const [router, other] = [budgets.keyOf('a'), budgets.keyOf('b')];
    expect(taken(budgets, router, 9)).toBe(ROUTER_BURST);
    budgets.giveBack(router);
    expect(taken(budgets, router, 9)).toBe(1);
    for (let packet = 0; packet < 100; packet++) budgets.charge(other);
    expect(budgets.take(other)).toBe(false);
    clock.ms += ROUTER_PACE_MS;
    expect(budgets.take(other)).toBe(true);
    // What is full is no fuller.
    for (let packet = 0; packet < 100; packet++) budgets.giveBack(budgets.keyOf('c'));
    expect(taken(budgets, budgets.keyOf('c'), 9)).toBe(ROUTER_BURST);
  });

  it('know who answered whoever meets the neighbour, and leave one answer to that', () => {
    const { budgets, clock } = at();
    const router = budgets.keyOf('198.18.1.2');
    budgets.meetNextHop(4);
    expect(budgets.take(budgets.atHop(4, 1))).toBe(true);
    for (let time = 0; time < 3; time++) budgets.meetNextHop(4);
    budgets.meet(4, 1, router);
    expect(taken(budgets, router, 9)).toBe(ROUTER_BURST - 4);
    budgets.meet(4, 1, budgets.keyOf('198.18.2.2'));
    expect(taken(budgets, budgets.atHop(4, 1), 9)).toBe(ROUTER_BURST);
    clock.ms += 15_001;
    budgets.meetNextHop(4);
    expect(taken(budgets, budgets.atHop(4, 1), 9)).toBe(ROUTER_BURST);
  });

  it('have the first router at a hop owe all that was asked of whoever is there, by whichever thread and whenever', () => {
    const memory = new SharedArrayBuffer(100_000);
    const [one, other] = [at(memory).budgets, at(memory).budgets];
    const router = one.keyOf('198.18.1.2');
    const [asked, askedByOther] = [one.atHop(4, 3), other.atHop(4, 3)];
    expect([one.take(asked), other.take(askedByOther)]).toEqual([true, true]);
    expect(one.known(asked)).toBe(asked);
    one.meet(4, 3, router);
    expect([one.known(asked), other.known(askedByOther)]).toEqual([router, router]);
    // Whose turn was that of somebody when the router became known.
    expect(other.take(askedByOther)).toBe(true);
    other.charge(askedByOther);
    expect(taken(one, router, 9)).toBe(ROUTER_BURST - 4);
    other.giveBack(askedByOther);
    expect(taken(one, router, 9)).toBe(1);
  });

  it('take back that the next hop is to be met', () => {
    const { budgets } = at();
    for (let time = 0; time < 9; time++) budgets.meetNextHop(4)();
    budgets.meetNextHop(4);
    for (let time = 0; time < 9; time++) budgets.meetNextHop(4)();
    expect(taken(budgets, budgets.atHop(4, 1), 9)).toBe(ROUTER_BURST);
  });

  it('forget routers that are full, and hold up nobody where too many are asked at once', () => {
    const { budgets, clock } = at();
    for (let router = 0; router < 5000; router++) {
      clock.ms += 10;
      expect(budgets.take(budgets.keyOf(`router ${router}`))).toBe(true);
    }
    for (let router = 0; router < 50_000; router++) expect(budgets.take(budgets.keyOf(`other ${router}`))).toBe(true);
  });
});

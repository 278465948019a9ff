import { beforeEach, describe, expect, it } from 'vitest';
import { ROUTER_BURST, RouterBudgets } from '../kernel/router-budget.js';
import { TargetShare } from './target-share.js';

describe('what a trace takes of its target’s answers without knowing it', () => {
  let budgets: RouterBudgets;
  let share: TargetShare;
  const target = (): bigint => budgets.keyOf('target');

  beforeEach(() => {
    budgets = new RouterBudgets();
    share = new TargetShare(budgets, target());
  });

  /** Sends packets to these hops, numbered by their TTL. */
  function send(...ttls: readonly number[]): void {
    for (const ttl of ttls) {
      expect(share.take(budgets.since())).toBe(true);
      share.sent(ttl, ttl);
    }
  }

  /** How many answers the target has left. */
  function left(): number {
    let count = 0;
    while (count <= ROUTER_BURST && budgets.take(target(), budgets.since())) count += 1;
    return count;
  }

  it('is one answer for each packet whose fate is not known', () => {
    send(1, 2);
    expect(left()).toBe(ROUTER_BURST - 2);
  });

  it('is nothing for a packet that a router has answered', () => {
    send(1, 2);
    expect(share.answered(1, 'hop', 1)).toBe(false);
    expect(left()).toBe(ROUTER_BURST - 1);
  });

  it('is nothing for a silent hop once a router behind it has answered, or the target has', () => {
    send(1, 2, 3, 4);
    share.answered(3, 'hop', 3);
    expect([2, 3, 4].map((ttl) => share.endsBefore(ttl))).toEqual([true, true, false]);
    send(5);
    expect(share.answered(5, 'target', 5)).toBe(true);
    expect(share.endsBefore(4)).toBe(true);
    // That of the target itself is spent.
    expect(left()).toBe(ROUTER_BURST - 1);
  });

  it('stays taken for what went beyond the target', () => {
    send(1, 2, 3);
    expect(share.answered(2, 'target', 2)).toBe(true);
    share.end();
    expect(left()).toBe(ROUTER_BURST - 2);
  });

  it('learns nothing of how far the target is from who calls a packet too large', () => {
    send(1, 2);
    share.answered(2, 'other', 2);
    expect(share.endsBefore(1)).toBe(false);
  });
});

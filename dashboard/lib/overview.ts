import type { OverviewMatrixQuery } from '../graphql/generated.js';
import { worst, worstFirst, type Level } from './level.js';
import { measureText } from './format.js';
import { relativeTime } from './time.js';

type Agent = OverviewMatrixQuery['agents']['nodes'][number];
type Test = OverviewMatrixQuery['tests']['nodes'][number];
type Assignment = Test['assignments']['nodes'][number];

/** The metrics that a cell of the matrix may show, the first that is there. */
export const CELL_METRICS = ['ping.rtt.p50', 'ping.rtt.avg', 'tcp.handshake.total', 'tcp.connect_time'] as const;
/** The loss beside it, which decides the level. */
export const LOSS_METRIC = 'ping.loss';

/** Loss in percent from which a cell is no longer good. */
const LOSS_LEVELS: readonly (readonly [percent: number, level: Level])[] = [[20, 'critical'], [5, 'poor'], [0, 'fair']]; // prettier-ignore
/** A running test without a result for so many intervals (and this many milliseconds) is worth a look. */
const LATE_INTERVALS = 4;
const LATE_MS = 15_000;

/** One agent and target of one test, judged by its newest result. */
export interface Cell {
  readonly testId: string;
  readonly testName: string;
  readonly agent: { readonly id: string; readonly name: string };
  readonly target: { readonly id: string; readonly address: string };
  readonly level: Level;
  /** The figure in the cell; a dash where there is none. */
  readonly figure: string;
  /** The whole of it in a sentence: for hover, and for the list of problems. */
  readonly why: string;
  readonly at: number | null;
}

/** Something that a person should look at. */
export interface Trouble {
  readonly key: string;
  readonly level: Level;
  readonly what: string;
  readonly where: string;
  /** When it was last known: the agent's last sign of life, or the pair's newest result. */
  readonly lastAt: number | null;
  readonly lastWord: 'last seen' | 'measured';
  readonly link: string;
}

function judge(test: Test, assignment: Assignment, now: number): { level: Level; why: string } {
  const { lastResult: last, status, reason } = assignment;
  if (status === 'UNSUPPORTED' || status === 'FAILED') return { level: 'poor', why: reason ?? 'the agent cannot carry out this test' };
  if (!last) return { level: 'unknown', why: 'no result yet' };
  const age = now - Date.parse(last.startedAt);
  if (test.status === 'RUNNING' && age > Math.max(LATE_INTERVALS * test.schedule.intervalSeconds * 1000, LATE_MS)) {
    return { level: 'poor', why: `the last result came ${relativeTime(now - age, now)}` };
  }
  const failed = last.runs.filter((run) => run.error);
  const causes = failed.map((run) => `${run.probe}: ${run.error?.message}`).join('; ');
  if (last.status === 'FAILED') return { level: 'critical', why: causes || 'every probe failed' };
  if (last.status === 'PARTIAL') return { level: 'poor', why: causes || 'some probes failed' };
  const loss = last.metrics.find(({ metric }) => metric === LOSS_METRIC)?.value ?? 0;
  const lossy = LOSS_LEVELS.find(([percent]) => loss > percent);
  if (lossy) return { level: lossy[1], why: `${measureText(loss, '%')} of packets lost` };
  return last.status === 'OK' ? { level: 'good', why: 'every probe succeeded' } : { level: 'unknown', why: 'the last cycle was skipped' };
}

function figureOf(assignment: Assignment): string {
  const metrics = assignment.lastResult?.metrics ?? [];
  const shown = CELL_METRICS.map((id) => metrics.find(({ metric }) => metric === id)).find((metric) => metric !== undefined);
  return shown ? measureText(shown.value, shown.unit) : '–';
}

/** Every pair that is or was measured, judged by its newest result. Tests that don't run count only where they have results. */
export function cellsOf(tests: readonly Test[], now: number): Cell[] {
  return tests.flatMap((test) =>
    test.assignments.nodes
      .filter(({ lastResult }) => test.status === 'RUNNING' || (test.status === 'PAUSED' && lastResult))
      .map((assignment) => ({
        testId: test.id,
        testName: test.name,
        agent: assignment.agent,
        target: assignment.target,
        figure: figureOf(assignment),
        at: assignment.lastResult ? Date.parse(assignment.lastResult.startedAt) : null,
        ...(test.status === 'PAUSED' ? { level: 'unknown' as const, why: 'the test is paused' } : judge(test, assignment, now)),
      })),
  );
}

export interface MatrixRow {
  readonly agent: Cell['agent'];
  readonly level: Level;
  readonly cells: ReadonlyMap<string, Cell>;
}

/** Agents down, targets (by address) across, both with the worst first; where several tests measure a pair, its worst cell. */
export function matrixOf(cells: readonly Cell[]): { targets: string[]; rows: MatrixRow[] } {
  const sorted = [...cells].sort((a, b) => worstFirst(a.level, b.level) || a.agent.name.localeCompare(b.agent.name));
  const rows = new Map<string, { agent: Cell['agent']; cells: Map<string, Cell> }>();
  for (const cell of sorted) {
    const row = rows.get(cell.agent.id) ?? { agent: cell.agent, cells: new Map<string, Cell>() };
    if (!row.cells.has(cell.target.address)) row.cells.set(cell.target.address, cell);
    rows.set(cell.agent.id, row);
  }
  return {
    targets: [...new Set(sorted.map(({ target }) => target.address))],
    rows: [...rows.values()].map((row) => ({ ...row, level: worst([...row.cells.values()].map(({ level }) => level)) })),
  };
}

const BAD: readonly Level[] = ['critical', 'poor', 'fair'];
const pairsWord = (count: number): string => (count === 1 ? '' : ` (and ${count - 1} more like it)`);

/** What is wrong now, the worst first: agents that are away, and pairs that fail, told once for each test and cause. */
export function troublesOf(agents: readonly Agent[], cells: readonly Cell[]): Trouble[] {
  const away = agents
    .filter(({ status }) => status === 'OFFLINE' || status === 'STALE')
    .map((agent): Trouble => ({
      key: agent.id,
      level: agent.status === 'OFFLINE' ? 'critical' : 'fair',
      what: agent.status === 'OFFLINE' ? 'The agent is offline' : 'The agent is late with its heartbeats',
      where: agent.name,
      lastAt: agent.lastSeenAt ? Date.parse(agent.lastSeenAt) : null,
      lastWord: 'last seen',
      link: `/agents/${agent.id}`,
    }));
  const gone = new Set(agents.filter(({ status }) => status === 'OFFLINE').map(({ id }) => id));
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    // An agent that is offline is told once; its silent pairs follow from that.
    if (!BAD.includes(cell.level) || gone.has(cell.agent.id)) continue;
    const key = `${cell.testId} ${cell.level} ${cell.why}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const failing = [...groups].flatMap(([key, alike]): Trouble[] => {
    const [first] = alike;
    if (!first) return [];
    const where = `${first.testName}: ${first.agent.name} → ${first.target.address}${pairsWord(alike.length)}`;
    return [{ key, level: first.level, what: first.why, where, lastAt: first.at, lastWord: 'measured', link: `/tests/${first.testId}` }];
  });
  return [...away, ...failing].sort((a, b) => worstFirst(a.level, b.level));
}

// Measured doses in numbers: of what they are, per minute, how far intervals are to be trusted, and the axes of plots.

import { scaleLinear } from "d3-scale";
import type { Overview, PageCoverage, PageDose, PageLabel, PageMeasured, PageSession } from "../data/types.ts";
import { numberOf } from "../parts/format.ts";
import { type Order, sortedBy } from "../parts/sort.ts";

/** The name of all labels together. */
export const ALL = "all";

/** The level whose intervals are written where there is room for one. */
export const USUAL_LEVEL = 80;

/** The way to measure whose numbers a report shows. */
const ESTIMATE = "fused";

const WAYS: Readonly<Record<string, string>> = {
  [ESTIMATE]: "the estimate",
  counts: "the decoder's counts alone",
  stopwatch: "a stopwatch, no model",
  "stopwatch, by activity": "a stopwatch that knows the activity, no model",
};

/** What doses are of: the labels of the run's scheme, then null for all of them. */
export function countedLabels(overview: Overview, run: number): (PageLabel | null)[] {
  return [...(overview.schemes[overview.runs[run]?.scheme ?? -1]?.labels ?? []), null];
}

/** Return the place of a level among those of a run; the usual one where there is no such level. */
export function levelPlace(levels: readonly number[], level: number): number {
  const place = levels.indexOf(level);
  return place >= 0 ? place : Math.max(0, levels.indexOf(USUAL_LEVEL));
}

/** Write an interval, its ends with so many decimals. */
export function intervalOf(ends: readonly [number, number] | undefined, decimals: number): string {
  if (!ends) return "–";
  const [low, high] = ends.map((end) => numberOf(end, decimals));
  return `${low} – ${high}`;
}

/** Return a number, or an interval, per minute of a length. */
export function perMinute(count: number, length_ms: number): number {
  return length_ms > 0 ? (60_000 * count) / length_ms : Number.NaN;
}

/** Where numbers are drawn: a share of the width in per cent per number, and numbers for an axis. */
export interface Axis {
  readonly at: (count: number) => number;
  readonly ticks: readonly number[];
}

const [LEFT, RIGHT] = [2, 96]; // room for marks at the ends

/** Return an axis from 0 that has room for some doses. */
export function axisOf(doses: readonly PageDose[]): Axis {
  const most = Math.max(
    1,
    ...doses.flatMap(({ count, true: truth, rule, ends }) => [count, truth ?? 0, rule ?? 0, ...ends.flat()]),
  );
  const scale = scaleLinear([0, most], [LEFT, RIGHT]);
  const ticks = scale.ticks(4).filter(Number.isInteger);
  return { at: (count) => scale(count), ticks };
}

/** The highest level, per cent, that intervals learned from so many patients can be promised to have. */
export function promisedLevel(nOthers: number): number {
  return (100 * nOthers) / (nOthers + 1);
}

/** A way to measure with how well its intervals hold: by level, the share of true totals in them and their width. */
export interface WayRow {
  readonly way: string;
  readonly name: string;
  readonly levels: readonly PageCoverage[];
}

/** Return the ways that intervals are known by, the estimate first. */
export function waysOf(measured: PageMeasured): WayRow[] {
  const names = [...new Set(measured.coverage.map(({ way }) => way))];
  return names.map((way) => ({
    way,
    name: WAYS[way] ?? way,
    levels: measured.levels.flatMap((level) =>
      measured.coverage.filter((one) => one.way === way && one.level === level),
    ),
  }));
}

/** Return how often the estimate's intervals of a level hold; undefined where no true total is known. */
export function coverageAt(measured: PageMeasured, level: number): PageCoverage | undefined {
  return measured.coverage.find((one) => one.way === ESTIMATE && one.level === level && one.n_known > 0);
}

/** Return sessions in an order: by patient, cohort, minutes, or by the dose of a label: truth, estimate, per minute. */
export function orderedSessions(sessions: readonly PageSession[], label: number, order: Order): PageSession[] {
  return sortedBy(sessions, keyOf(order.column, label), order.descending);
}

function keyOf(column: string, label: number): (session: PageSession) => string | number | null | undefined {
  if (column === "cohort") return ({ cohort }) => cohort;
  if (column === "minutes") return ({ length_ms }) => length_ms;
  if (column === "true") return ({ doses }) => doses[label]?.true;
  if (column === "estimate") return ({ doses }) => doses[label]?.count;
  if (column === "rate") return ({ doses, length_ms }) => perMinute(doses[label]?.count ?? 0, length_ms);
  return ({ patient }) => patient;
}

// A task's table: its rows, the lines that its numbers are measured against, and the scales of its intervals.

import { scaleLinear } from "d3-scale";
import type { PageRun, PageTask, TaskRow } from "../data/types.ts";
import { type Order, sortedBy } from "../parts/sort.ts";

/** A line across the intervals of a task's rows. */
export interface Line {
  readonly name: string;
  readonly kind: "control" | "reference" | "rater" | "baseline";
  /** The runs that it is about; null: all of the task. */
  readonly runs: readonly number[] | null;
  readonly values: Readonly<Record<string, number>>;
  /** Which of the looks of lines it has: lines of one name have the same. */
  readonly look: string;
}

/** Where the intervals of a metric are drawn: a share of the width of 0 to 1 per value, and values for its axis. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** How many looks there are for the lines of each kind; baselines look like controls. */
const LOOKS = { control: 6, reference: 2, rater: 2 };

/** Return the rows of a task; those of baselines only where there are no others, for they are lines else. */
export function rowsOf(task: PageTask, runs: readonly PageRun[]): readonly TaskRow[] {
  const models = task.rows.filter((row) => !runs[row.run]?.baseline);
  return models.length > 0 ? models : task.rows;
}

/** Return a task's controls and references, and runs of baselines, as lines; perturbed baselines say nothing new. */
export function linesOf(task: PageTask, runs: readonly PageRun[]): Line[] {
  const isRow = new Set(rowsOf(task, runs).map((row) => row.run));
  const baselines = task.rows
    .filter((row) => !isRow.has(row.run) && !runs[row.run]?.perturbation)
    .map((row) => ({
      name: runs[row.run]?.name ?? "",
      kind: "baseline" as const,
      runs: null,
      values: Object.fromEntries(
        Object.entries(row.values).flatMap(([key, { mean }]) => (mean === null ? [] : [[key, mean]])),
      ),
    }));
  const all = [...task.lines, ...baselines];
  return all.map((line) => {
    const kind = lookingLike(line.kind);
    const names = [...new Set(all.filter((one) => lookingLike(one.kind) === kind).map(nameOf))];
    return { ...line, look: `${kind}-${(names.indexOf(nameOf(line)) % LOOKS[kind]) + 1}` };
  });
}

function lookingLike(kind: Line["kind"]): keyof typeof LOOKS {
  return kind === "baseline" ? "control" : kind;
}

/** Return the scale of a metric over rows and lines. */
export function scaleOf(key: string, rows: readonly TaskRow[], lines: readonly Line[]): Scale {
  const values = [
    ...rows.flatMap(({ values }) => [values[key]?.mean, values[key]?.low, values[key]?.high]),
    ...lines.map(({ values }) => values[key]),
  ].filter((value) => typeof value === "number");
  if (values.length === 0) return { at: () => 0, ticks: [] };
  const scale = scaleLinear([Math.min(...values), Math.max(...values)], [0, 1]).nice(3);
  return { at: (value) => scale(value), ticks: scale.ticks(3) };
}

/** Return the order in which a task's table opens: by its first metric, the best first. */
export function firstOrder(task: PageTask): Order {
  const [metric] = task.metrics;
  return metric ? { column: metric.key, descending: metric.better === "higher" } : { column: "run", descending: false };
}

/** Return rows in an order: by the run's name, by the number of videos, or by a metric. */
export function ordered(rows: readonly TaskRow[], runs: readonly PageRun[], order: Order): TaskRow[] {
  const { column, descending } = order;
  if (column === "run") return sortedBy(rows, (row) => runs[row.run]?.name, descending);
  if (column === "n") return sortedBy(rows, countIn, descending);
  return sortedBy(rows, (row) => row.values[column]?.mean, descending);
}

/** Return of how many videos a row's numbers are means. */
export function countIn(row: TaskRow): number {
  return Math.max(0, ...Object.values(row.values).map(({ n }) => n));
}

/** What a line is called, lines of one name together. */
export interface LegendEntry {
  readonly name: string;
  readonly kind: Line["kind"];
  readonly look: string;
}

/** Return the legend of lines. */
export function legendOf(lines: readonly Line[]): LegendEntry[] {
  const byName = new Map(lines.map(({ kind, look, ...line }) => [nameOf(line), { name: nameOf(line), kind, look }]));
  return [...byName.values()];
}

/** Return a line's name without the windows that it is about, which stand at its end in brackets. */
function nameOf(line: { readonly name: string; readonly runs: readonly number[] | null }): string {
  return line.runs === null ? line.name : line.name.replace(/ \([^()]*\)$/, "");
}

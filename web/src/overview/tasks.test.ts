// @vitest-environment node

import { expect, test } from "vitest";
import type { PageTask } from "../data/types.ts";
import { OVERVIEW } from "../fixtures/sample.ts";
import { firstOrder, legendOf, linesOf, ordered, rowsOf, scaleOf } from "./tasks.ts";

const { runs } = OVERVIEW;
const [TASK] = OVERVIEW.tasks as [PageTask];
const BASELINE = runs.findIndex((run) => run.baseline);
const WITH_BASELINE: PageTask = {
  ...TASK,
  rows: [...TASK.rows, { run: BASELINE, values: { edit_score: { mean: 10, low: 8, high: 12, n: 3 } } }],
};

test("a run of a baseline is a line across the others, and a row where there are no others", () => {
  expect(rowsOf(WITH_BASELINE, runs)).toEqual(TASK.rows);
  const line = linesOf(WITH_BASELINE, runs).at(-1);
  expect(line).toMatchObject({ name: runs[BASELINE]?.name, kind: "baseline", runs: null, values: { edit_score: 10 } });
  const alone = { ...WITH_BASELINE, rows: WITH_BASELINE.rows.slice(-1), lines: [] };
  expect(rowsOf(alone, runs)).toHaveLength(1);
  expect(linesOf(alone, runs)).toEqual([]);
});

test("a baseline that was shown changed frames is no line: it saw none of them", () => {
  const changed = runs.map((run, place) => (place === BASELINE ? { ...run, perturbation: "blank" } : run));
  expect(linesOf(WITH_BASELINE, changed).map(({ name }) => name)).toEqual(TASK.lines.map(({ name }) => name));
});

test("controls differ in their looks, those of one name but for other windows do not", () => {
  const [control] = TASK.lines;
  if (!control) throw new Error("the sample has no control");
  const other = { ...control, name: `${control.name} (8 frames/s × 4)`, runs: [1] };
  const lines = linesOf({ ...TASK, lines: [...TASK.lines, other] }, runs);
  expect(lines.map(({ look }) => look)).toEqual(["control-1", "control-2", "reference-1", "control-1"]);
  expect(legendOf(lines).map(({ name }) => name)).toEqual(TASK.lines.map(({ name }) => name));
});

test("people are neither controls nor made of correct answers", () => {
  const [control] = TASK.lines;
  if (!control) throw new Error("the sample has no control");
  const rater = { ...control, name: "rater anna", kind: "rater" as const };
  const looks = linesOf({ ...TASK, lines: [rater, ...TASK.lines, { ...rater, name: "rater 3" }] }, runs).map(
    ({ look }) => look,
  );
  expect(looks).toEqual(["rater-1", "control-1", "control-2", "reference-1", "rater-2"]);
});

test("the scale holds intervals and lines", () => {
  const scale = scaleOf("edit_score", TASK.rows, linesOf(TASK, runs));
  for (const value of [36.2, 47.4, 93.7]) {
    expect(scale.at(value)).toBeGreaterThanOrEqual(0);
    expect(scale.at(value)).toBeLessThanOrEqual(1);
  }
  expect(scaleOf("unknown", TASK.rows, []).ticks).toEqual([]);
});

test("a task opens with its best run first", () => {
  expect(ordered(TASK.rows, runs, firstOrder(TASK)).map(({ run }) => run)).toEqual([0, 1]);
  expect(ordered(TASK.rows, runs, { column: "action_error_rate", descending: true }).map(({ run }) => run)).toEqual([
    1, 0,
  ]);
  expect(ordered(TASK.rows, runs, { column: "run", descending: false }).map(({ run }) => run)).toEqual([1, 0]);
});

// @vitest-environment node

import { expect, test } from "vitest";
import { OVERVIEW } from "../fixtures/sample.ts";
import { heaped, orderedPairs, pairsOf, partnersOf, sharedMetrics, tallyOf } from "./pairs.ts";

const PAIRS = pairsOf(OVERVIEW, 0, 1, "edit_score");

test("pairs are of the videos that both runs have a score of", () => {
  expect(PAIRS.map(({ difference }) => difference)).toEqual([-30, 0, -60]);
  expect(pairsOf(OVERVIEW, 0, 1, "action_error_rate")).toHaveLength(2);
  expect(pairsOf(OVERVIEW, 0, 1, "unknown")).toEqual([]);
});

test("runs are compared by what both are scored by", () => {
  expect(sharedMetrics(OVERVIEW, 0, 1).map(({ key }) => key)).toContain("relative_counting_error");
  expect(partnersOf(OVERVIEW, 0)).toEqual([1]);
  expect(partnersOf(OVERVIEW, 2)).toEqual([]);
});

test("better and worse follow the metric, the median is the middle", () => {
  expect(tallyOf(PAIRS, "higher")).toEqual({ n: 3, median: -30, better: 0, worse: 2, equal: 1 });
  expect(tallyOf(PAIRS, "lower")).toMatchObject({ better: 2, worse: 0 });
  expect(tallyOf(PAIRS.slice(0, 2), "higher").median).toBe(-15);
  expect(tallyOf([], "higher").median).toBeNull();
});

test("the largest differences come first, whatever their sign", () => {
  const mixed = [...PAIRS, { video: 0, first: 0, second: 45, difference: 45 }];
  const order = orderedPairs(mixed, OVERVIEW, { column: "difference", descending: true });
  expect(order.map(({ difference }) => difference)).toEqual([-60, 45, -30, 0]);
});

test("every pair has a dot of its own in a heap", () => {
  const dots = heaped([...PAIRS, ...PAIRS], -60, 60, 3);
  expect(dots.map(({ bin, level }) => [bin, level])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 0],
    [1, 1],
  ]);
});

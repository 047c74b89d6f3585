// @vitest-environment node

import { expect, test } from "vitest";
import type { Overview, WrongWindow } from "../data/types.ts";
import { OVERVIEW } from "../fixtures/sample.ts";
import { MODELS, surenessOf, tilesOf, wordsOf } from "./wrong.ts";

const [WINDOW] = OVERVIEW.wrong as [WrongWindow];

function withWrong(...changes: Partial<WrongWindow>[]): Overview {
  return { ...OVERVIEW, wrong: changes.map((change) => ({ ...WINDOW, ...change })) };
}

test("the surest come first: by probability, without one by the answers beside that differ", () => {
  const overview = withWrong(
    { start_ms: 1, probability: null, disagreeing: 1 },
    { start_ms: 2, probability: null, disagreeing: 4 },
    { start_ms: 3, probability: 700 },
    { start_ms: 4, probability: 990 },
  );
  expect(tilesOf(overview, MODELS).map(({ window }) => window.start_ms)).toEqual([4, 3, 2, 1]);
});

test("baselines are left out unless they are asked for", () => {
  const baseline = OVERVIEW.runs.findIndex((run) => run.baseline);
  const overview = withWrong({ run: baseline });
  expect(tilesOf(overview, MODELS)).toEqual([]);
  expect(tilesOf(overview, String(baseline))).toHaveLength(1);
});

test("a moment is shown once, with the other runs that gave the same wrong answer", () => {
  const overview = withWrong(
    { run: 1, probability: 600 },
    { run: 0, probability: 900 },
    { run: 0, probability: 100, answer: "no" },
  );
  const [first, second] = tilesOf(overview, MODELS);
  expect([first?.window.run, first?.also]).toEqual([0, [OVERVIEW.runs[1]?.name]]);
  expect(second?.also).toEqual([]);
});

test("how sure, and what was asked, in words", () => {
  expect(surenessOf({ ...WINDOW, probability: 985 })).toBe("99 % sure");
  expect(surenessOf({ ...WINDOW, probability: null, disagreeing: 1 })).toBe("1 neighbour differs");
  expect(wordsOf(OVERVIEW, WINDOW)).toBe("Does the right hand move in this clip?");
  expect(wordsOf(OVERVIEW, { ...WINDOW, around: [] })).toBe("Does the … hand move in this clip?");
  expect(wordsOf(OVERVIEW, { ...WINDOW, question: "unknown" })).toBe("unknown");
});

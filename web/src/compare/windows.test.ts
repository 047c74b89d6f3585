// @vitest-environment node

import { expect, test } from "vitest";
import type { AskedQuestion, VideoData } from "../data/types.ts";
import { OVERVIEW } from "../fixtures/sample.ts";
import { answersOf, sayingOf } from "./windows.ts";

const asked = (run: number, states: string, values: number[], rights: string): AskedQuestion => ({
  run,
  question: 0,
  grid: run,
  states,
  texts: values,
  values,
  truths: [0, 0, 0, 0],
  rights,
  choices: [],
  probabilities: null,
});
const GRID = { starts: [0, 500, 1000, 1500], ends: [500, 1000, 1500, 2000] };
const DATA: VideoData = {
  schema: 1,
  video: 0,
  fps: null,
  timelines: [],
  grids: [GRID, { starts: [0, 500, 1000, 1501], ends: [500, 1000, 1500, 2000] }],
  texts: ["yes", "no", "perhaps"],
  asked: [asked(0, "aaaa", [1, 0, 0, 0], "0111"), asked(1, "aaua", [2, 0, -1, 1], "01 0")],
  strips: [],
  doses: [],
};

test("answers to one question about one window are paired; where one is right, first", () => {
  const { differing, n_same } = answersOf(OVERVIEW, DATA, 0, 1);
  expect(n_same).toBe(1);
  expect(differing.map(({ start, first, second }) => [start, sayingOf(first), sayingOf(second)])).toEqual([
    [1000, "yes", "cannot be read"],
    [0, "no", "perhaps"],
  ]);
});

test("runs that were asked other questions have nothing to pair", () => {
  expect(answersOf(OVERVIEW, DATA, 0, 2)).toEqual({ differing: [], n_same: 0 });
});

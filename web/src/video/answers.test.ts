// @vitest-environment node

import { expect, test } from "vitest";
import type { AskedQuestion, VideoData } from "../data/types.ts";
import { answeringRuns, answerOf, neighbourStart, verdictColumns, verdictOf, windowAt } from "./answers.ts";

const ASKED: AskedQuestion = {
  run: 3,
  question: 0,
  grid: 0,
  states: "aaaur ",
  texts: [0, 1, 0, 2, 2, -1],
  values: [0, 1, 0, -1, -1, -1],
  truths: [0, 0, -1, 0, 0, -1],
  rights: "10 00 ",
  choices: ["yes", "no"],
  probabilities: [[900, 100], null, null, null, null, null],
};
const DATA: VideoData = {
  schema: 1,
  video: 0,
  fps: 30,
  timelines: [],
  grids: [{ starts: [0, 500, 1000, 1500, 2000, 2500], ends: [800, 1300, 1500, 2000, 2500, 2900] }],
  texts: ["yes", "no", "I cannot tell."],
  asked: [ASKED, { ...ASKED, run: 1, question: 1 }, { ...ASKED, run: 1 }],
  strips: [],
  doses: [],
};

test("a verdict: an answer that cannot be read is none, whatever is said of its rightness", () => {
  expect([0, 1, 2, 3, 4, 5, 6].map((window) => verdictOf(ASKED, window))).toEqual([
    "right",
    "wrong",
    "unknown",
    "unread",
    "unread",
    "unasked",
    "unasked",
  ]);
  expect(verdictOf({ ...ASKED, rights: null }, 0)).toBe("unknown");
});

test("everything of an answer, and of one that is not there", () => {
  expect(answerOf(DATA, ASKED, 0)).toEqual({
    verdict: "right",
    unread: null,
    reply: "yes",
    reading: "yes",
    truth: "yes",
    probabilities: [
      ["yes", 0.9],
      ["no", 0.1],
    ],
  });
  expect(answerOf(DATA, ASKED, 3)).toMatchObject({ unread: "cannot be read", reply: "I cannot tell.", reading: null });
  expect(answerOf(DATA, ASKED, -1)).toMatchObject({ verdict: "unasked", reply: null, probabilities: [] });
});

test("of windows that overlap, the one that began last; drawn up to where the next begins", () => {
  expect([0, 499, 500, 2899, 2900].map((at) => windowAt(DATA, ASKED, at))).toEqual([0, 0, 1, 5, -1]);
  expect(verdictColumns(DATA, ASKED)).toMatchObject({
    ends: [500, 1000, 1500, 2000, 2500, 2900],
    labels: [0, 1, 3, 2, 2, 4],
  });
});

test("neighbours in time", () => {
  const starts = [0, 500, 1000];
  expect([0, 250, 1000].map((at) => neighbourStart(starts, at, 1))).toEqual([500, 500, null]);
  expect([0, 250, 500, 1000].map((at) => neighbourStart(starts, at, -1))).toEqual([null, 0, 0, 500]);
  expect(neighbourStart([], 5, 1)).toBeNull();
});

test("runs in their order, baselines last", () => {
  expect(answeringRuns(DATA, () => false)).toEqual([1, 3]);
  expect(answeringRuns(DATA, (run) => run === 1)).toEqual([3, 1]);
});

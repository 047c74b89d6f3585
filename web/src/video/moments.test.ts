// @vitest-environment node

import { expect, test } from "vitest";
import type { AskedQuestion, Overview, PageTimeline, VideoData } from "../data/types.ts";
import { OVERVIEW, sampleVideo } from "../fixtures/sample.ts";
import { type Chosen, momentsOf, possibleShows, type Show } from "./moments.ts";

const ALL: Chosen = { run: 0, question: null, hand: null, show: "all" };
const DATA = sampleVideo(0);

const starts = (change: Partial<Chosen>, data: VideoData = DATA, overview: Overview = OVERVIEW) =>
  momentsOf(data, overview, { ...ALL, ...change }).starts;

/** The sample with other columns of some question. */
function changed(run: number, question: number, change: Partial<AskedQuestion>): VideoData {
  return {
    ...DATA,
    asked: DATA.asked.map((asked) =>
      asked.run === run && asked.question === question ? { ...asked, ...change } : asked,
    ),
  };
}

test("all windows, each once although two questions were asked about it", () => {
  expect(starts({})).toEqual(Array.from({ length: 24 }, (_, window) => window * 500));
  expect(starts({ run: 2 })).toEqual([]);
  expect(starts({ run: null })).toEqual([]);
});

test("wrong and unreadable answers of one question or of all", () => {
  expect(starts({ show: "wrong", question: "motion" })).toEqual([0, 2500, 5000, 7500, 10_000]);
  expect(starts({ show: "unread" })).toEqual([1500, 3500, 5500]);
  const both = new Set([
    ...starts({ show: "wrong", question: "motion" }),
    ...starts({ show: "wrong", question: "grasp" }),
  ]);
  expect(new Set(starts({ show: "wrong" }))).toEqual(both);
});

test("models disagree where both said something else, baselines left out", () => {
  const same = DATA.asked.find(({ run, question }) => run === 0 && question === 0)?.values ?? [];
  const one = changed(1, 0, {
    values: same.map((value, window) => (window === 2 ? 1 - value : window === 4 ? -1 : value)),
  });
  expect(starts({ show: "disagreeing", question: "motion" }, one)).toEqual([1000]);
  const asBaseline = {
    ...OVERVIEW,
    runs: OVERVIEW.runs.map((run, place) => (place === 1 ? { ...run, baseline: true } : run)),
  };
  expect(starts({ show: "disagreeing", question: "motion" }, one, asBaseline)).toEqual([]);
});

test("windows of another grid are compared at the same time", () => {
  const two = changed(1, 0, { grid: 1, values: [0], states: "a", truths: null, rights: null, texts: [0] });
  const data = { ...two, grids: [...two.grids, { starts: [0], ends: [1000] }] };
  const values = data.asked.find(({ run, question }) => run === 0 && question === 0)?.values ?? [];
  expect(starts({ show: "disagreeing", question: "motion" }, data)).toEqual(
    [0, 500].filter((_, window) => values[window] === 1),
  );
});

const timeline = (kind: "truth" | "rule", label: number, hand: "left" | "right"): PageTimeline => ({
  kind,
  name: kind,
  run: kind === "rule" ? 0 : null,
  scheme: 0,
  hand,
  starts: [0, 1000],
  ends: [1000, 12_000],
  labels: [label, 4],
});

test("reach taken for reposition, by timelines of one hand or by the words of an answer", () => {
  const data = { ...DATA, timelines: [timeline("truth", 0, "left"), timeline("rule", 1, "left")] };
  expect(starts({ show: "confused" }, data)).toEqual([0, 500]);
  expect(starts({ show: "confused", hand: "right" }, data)).toEqual([]);
  const right = {
    ...data,
    timelines: [...data.timelines, timeline("truth", 1, "right"), timeline("rule", 1, "right")],
  };
  expect(starts({ show: "confused", hand: "right" }, right)).toEqual([]);
  expect(starts({ show: "confused", hand: "left" }, right)).toEqual([0, 500]);
  const named = {
    ...changed(0, 0, { values: Array(24).fill(0), truths: Array(24).fill(1) }),
    texts: ["reach", "reposition"],
    timelines: [],
  };
  expect(starts({ show: "confused", question: "motion" }, named)).toHaveLength(24);
});

test("only filters that can leave something are offered", () => {
  const shows: Show[] = ["all", "wrong", "disagreeing", "unread", "confused"];
  expect(possibleShows(DATA, OVERVIEW)).toEqual(shows);
  const alone = {
    ...DATA,
    timelines: [],
    asked: DATA.asked.filter(({ run }) => run === 0).map((asked) => ({ ...asked, rights: null })),
  };
  expect(possibleShows(alone, OVERVIEW)).toEqual(["all", "unread"]);
});

// @vitest-environment node

import { expect, test } from "vitest";
import { OVERVIEW } from "../fixtures/sample.ts";
import { columnsOf, orderedVideos, scoresIn, valuesOf, wantedOf } from "./list.ts";

const { videos } = OVERVIEW;
const EVERYTHING = { text: "", patient: "", cohort: "", activity: "" };
const ALL = videos.map((_, place) => place);

test("every word of the text must be found, and every choice hold", () => {
  expect(wantedOf(videos, EVERYTHING)).toEqual(ALL);
  expect(wantedOf(videos, { ...EVERYTHING, text: "  DRINK p02 " })).toEqual([1]);
  expect(wantedOf(videos, { ...EVERYTHING, cohort: "severe" })).toEqual([2]);
  expect(wantedOf(videos, { ...EVERYTHING, cohort: "severe", patient: "P01" })).toEqual([]);
  expect(valuesOf(videos, "cohort")).toEqual(["healthy", "mild", "severe"]);
});

test("videos in the order of a run's score, those without one last", () => {
  const score = scoresIn(OVERVIEW).find(({ metric }) => metric.key === "action_error_rate");
  expect(score?.runs).toEqual([0, 1]);
  expect(columnsOf(OVERVIEW, score).map((scoreOf) => scoreOf(0))).toEqual([0.2, 0.5]);
  expect(orderedVideos(OVERVIEW, ALL, { column: "run.0", descending: true }, score)).toEqual([1, 0, 2]);
  expect(orderedVideos(OVERVIEW, ALL, { column: "video", descending: true }, score)).toEqual([2, 1, 0]);
});

test("an order by a run that the score does not know is that of names", () => {
  expect(orderedVideos(OVERVIEW, [2, 0, 1], { column: "run.9", descending: false }, undefined)).toEqual(ALL);
});

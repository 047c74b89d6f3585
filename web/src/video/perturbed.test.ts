import { expect, test } from "vitest";
import { OVERVIEW, sampleVideo } from "../fixtures/sample.ts";
import { groupsOf, pictureAt, rowsAt, yesAsIs } from "./perturbed.ts";

const DATA = sampleVideo(0);
const GROUPS = groupsOf(DATA, OVERVIEW, 0);

test("the groups of a run's task, its own first; none of runs that were not asked about the video", () => {
  expect(GROUPS.map(({ name }) => name)).toEqual(["rehab_tiny", "bot"]);
  expect(groupsOf(DATA, OVERVIEW, 7).map(({ name }) => name)).toEqual(["bot", "rehab_tiny"]);
  expect(groupsOf(DATA, OVERVIEW, 3)).toEqual([]);
  expect(groupsOf(DATA, OVERVIEW, null)).toEqual([]);
  const unasked = { ...DATA, asked: DATA.asked.filter(({ run }) => run < 5) };
  expect(groupsOf(unasked, OVERVIEW, 0)).toEqual([]);
});

test("a row for each perturbation, with what each model said of the window", () => {
  const rows = rowsAt(DATA, OVERVIEW, GROUPS, "motion", 2200);
  expect(rows.map(({ perturbation }) => perturbation)).toEqual(["as is", "blank", "freeze"]);
  const said = rows.map((row) => row.said.map((of) => of?.map(({ question, yes }) => [question, yes])));
  expect(said[0]).toEqual([[["motion", 0.82]], [["motion", 0.18]]]);
  expect(said[1]).toEqual([[["motion", 0.18]], undefined]);
  expect([...yesAsIs(rows, 1)]).toEqual([["motion", 0.18]]);
});

test("the picture is that of the window of the run", () => {
  const strip = { grid: 0, runs: [5], pattern: "f/{window}.jpg", counts: [8, 0, 8], width: 10, height: 20 };
  const data = { ...DATA, strips: [strip] };
  expect(pictureAt(data, 5, 100)).toEqual({ address: "f/0.jpg", count: 8, width: 80, height: 20 });
  expect(pictureAt(data, 5, 600)).toBeNull();
  expect(pictureAt(data, 0, 100)).toBeNull();
  expect(rowsAt(data, OVERVIEW, GROUPS, null, 100).map(({ picture }) => picture?.address)).toEqual([
    undefined,
    undefined,
    "f/0.jpg",
  ]);
});

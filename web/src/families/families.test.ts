// @vitest-environment node

import { expect, test } from "vitest";
import type { NamedActivities, PageItem } from "../data/types.ts";
import { agreementCounts, itemTable } from "./items.ts";
import { chosenCell, matrixOf, nameOf } from "./matrix.ts";

const NAMED: NamedActivities = {
  run: 0,
  classes: ["combing", "drinking", "shelf", "unused"],
  videos: [4, 5, 6, 7, 8],
  truths: [1, 1, 1, 0, -1],
  answers: [1, 2, 2, -1, 0],
};

test("a matrix has the classes that occur, and every video whose truth is known once", () => {
  const matrix = matrixOf(NAMED);
  expect([matrix.rows, matrix.columns]).toEqual([
    [0, 1],
    [0, 1, 2, -1],
  ]);
  expect([matrix.n, matrix.n_right]).toEqual([4, 1]);
  expect(matrix.cells.find(({ truth, answer }) => truth === 1 && answer === 2)?.videos).toEqual([5, 6]);
});

test("it opens with the mistake made most often, or with the cell that is named", () => {
  const matrix = matrixOf(NAMED);
  expect(chosenCell(matrix, "")).toMatchObject({ truth: 1, answer: 2 });
  expect(chosenCell(matrix, nameOf(0, -1))?.videos).toEqual([7]);
  expect(chosenCell(matrixOf({ ...NAMED, videos: [] }), "")).toBeUndefined();
});

function item(patient: string, number: number, true_: number | null, score: number | null): PageItem {
  return { patient, item: number, title: `item ${number}`, true: true_, score, rule: "", clips: [], answers: [] };
}

test("items by patient, gaps where a patient has none", () => {
  const table = itemTable([item("P10", 3, 2, 2), item("P9", 12, 1, 0), item("P9", 3, 0, 2)]);
  expect(table.patients).toEqual(["P9", "P10"]);
  expect(table.rows.map((row) => [row.item, row.ofPatients.map((one) => one?.score)])).toEqual([
    [3, [2, 2]],
    [12, [0, undefined]],
  ]);
});

test("agreement is counted by how far scores lie apart", () => {
  const items = [
    item("a", 1, 2, 2),
    item("a", 2, 2, 1),
    item("a", 3, 0, 2),
    item("a", 4, 1, null),
    item("a", 5, null, 1),
  ];
  expect(agreementCounts(items)).toEqual({ same: 1, near: 1, far: 1, unscored: 1, unknown: 1 });
});

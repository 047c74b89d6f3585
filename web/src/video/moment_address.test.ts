// @vitest-environment node

import { expect, test } from "vitest";
import { OVERVIEW } from "../fixtures/sample.ts";
import { choiceOf, queryOf, timeOf } from "./moment_address.ts";
import type { Chosen } from "./moments.ts";

const USUAL: Chosen = { run: 1, question: null, hand: null, show: "all" };

test("an address says what it was made of", () => {
  const choice: Chosen = { run: 0, question: "grasp", hand: "left", show: "wrong" };
  const query = queryOf(12_340, choice);
  expect(query).toEqual({ t: "12.340", run: "0", q: "grasp", hand: "left", show: "wrong" });
  expect(timeOf(query)).toBe(12_340);
  expect(choiceOf(query, OVERVIEW, USUAL)).toEqual(choice);
  expect(choiceOf(queryOf(null, USUAL), OVERVIEW, USUAL)).toEqual(USUAL);
});

test.each([
  {},
  { run: "99", q: "motion ", hand: "third", show: "toString" },
  { run: "-1" },
  { run: "1e1", q: "__proto__", show: "__proto__" },
])("what %o does not name is as usual", (query) => {
  expect(choiceOf(query, OVERVIEW, USUAL)).toEqual(USUAL);
});

test.each([
  ["", 0],
  ["x", 0],
  ["-3", 0],
  ["Infinity", 0],
  ["1.0004", 1000],
])("the time %s is %d ms", (t, ms) => {
  expect(timeOf({ t })).toBe(ms);
});

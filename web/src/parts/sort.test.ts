// @vitest-environment node

import { expect, test } from "vitest";
import { clicked, orderOf, sortedBy, wordOf } from "./sort.ts";

const NONE_LAST = [3, null, 1, 2];

test("what has no key is last in both directions", () => {
  expect(sortedBy(NONE_LAST, (one) => one, false)).toEqual([1, 2, 3, null]);
  expect(sortedBy(NONE_LAST, (one) => one, true)).toEqual([3, 2, 1, null]);
});

test("names are in natural order, equal keys in the order given", () => {
  expect(sortedBy(["P10", "P9", "p1"], (one) => one, false)).toEqual(["p1", "P9", "P10"]);
  expect(sortedBy(["b", "a"], () => 0, true)).toEqual(["b", "a"]);
});

test("a second click turns the order round, a word of the address holds it", () => {
  const first = clicked({ column: "run", descending: false }, "n", "descending");
  expect(first).toEqual({ column: "n", descending: true });
  expect(clicked(first, "n", "descending")).toEqual({ column: "n", descending: false });
  expect(orderOf(wordOf(first), { column: "run", descending: false })).toEqual(first);
  expect(orderOf("", first)).toEqual(first);
});

import { beforeEach, expect, test } from "vitest";
import { Copies } from "./copies.ts";

const isText = (value: unknown): value is string => typeof value === "string";

beforeEach(() => localStorage.clear());

test("a copy that a closed tab left is found by another, and only for its video, rater and dataset", () => {
  new Copies(localStorage, "data", "ann", "tab 1").keep("P01", "changed", "r1");
  const later = new Copies(localStorage, "data", "ann", "tab 2");
  expect(later.of("P01", isText)).toMatchObject([{ revision: "r1", content: "changed" }]);
  expect(later.has("P01")).toBe(true);
  expect(later.of("P0", isText)).toEqual([]);
  expect(new Copies(localStorage, "data", "bob", "tab 2").has("P01")).toBe(false);
  expect(new Copies(localStorage, "other", "ann", "tab 2").has("P01")).toBe(false);
  later.forget("P01");
  expect(later.has("P01")).toBe(true);
  for (const copy of later.of("P01", isText)) later.drop(copy.key);
  expect(later.has("P01")).toBe(false);
});

test("what is no copy is passed over", () => {
  const copies = new Copies(localStorage, "data", "ann", "tab 1");
  copies.keep("P01", { not: "a text" }, "r1");
  expect(copies.of("P01", isText)).toEqual([]);
  const [key] = Object.keys(localStorage);
  localStorage.setItem(key as string, "{");
  expect(copies.of("P01", isText)).toEqual([]);
});

test("a browser that keeps nothing is told from one that does", () => {
  const full = {
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  } as unknown as Storage;
  expect(new Copies(full, "data", "ann", "tab").keep("P01", "x", "r")).toBe(false);
});

// @vitest-environment node

import { expect, test } from "vitest";
import { counted, listed, numberOf, percentOf, signedOf } from "./format.ts";

test("numbers have a true minus, no minus before zero, and a dash where there is none", () => {
  expect(numberOf(-1.25, 1)).toBe("−1.3");
  expect(numberOf(-0.04, 1)).toBe("0.0");
  expect(numberOf(null, 1)).toBe("–");
  expect(numberOf(Number.NaN, 1)).toBe("–");
  expect(signedOf(2, 0)).toBe("+2");
  expect(signedOf(0.04, 1)).toBe("0.0");
  expect(signedOf(-2, 1)).toBe("−2.0");
});

test("only the whole is a hundred percent", () => {
  expect(percentOf(1000)).toBe("100 %");
  expect(percentOf(996)).toBe("> 99 %");
  expect(percentOf(4)).toBe("0 %");
});

test("counts and lists", () => {
  expect(counted(1, "run")).toBe("1 run");
  expect(counted(5775, "video")).toBe("5\u202f775 videos");
  expect(listed(["a", "b", "c"], 2)).toBe("a, b and 1 more");
  expect(listed(["a", "b"], 2)).toBe("a, b");
});

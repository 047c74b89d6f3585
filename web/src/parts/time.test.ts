// @vitest-environment node

import { expect, test } from "vitest";
import { clockText, following, moved, placeAt, shareOf, stretchAt, ticks, zoomed } from "./time.ts";

test("zooming keeps the time that it is about in its place, and stays within the video", () => {
  const span = zoomed({ from: 0, to: 10_000 }, 0.5, 8000, 10_000);
  expect(span).toEqual({ from: 4000, to: 9000 });
  expect(shareOf(span, 8000)).toBeCloseTo(0.8);
  expect(zoomed(span, 100, 8000, 10_000)).toEqual({ from: 0, to: 10_000 });
  expect(zoomed(span, 0, 5000, 10_000)).toEqual({ from: 4960, to: 5160 });
  expect(zoomed({ from: 0, to: 90 }, 0.5, 50, 90)).toEqual({ from: 0, to: 90 });
});

test("moving ends at the video's ends", () => {
  expect(moved({ from: 4000, to: 9000 }, 3000, 10_000)).toEqual({ from: 5000, to: 10_000 });
  expect(moved({ from: 4000, to: 9000 }, -9000, 10_000)).toEqual({ from: 0, to: 5000 });
});

test("a span follows a time that leaves it", () => {
  const span = { from: 0, to: 1000 };
  expect(following(span, 1000, 10_000)).toBe(span);
  expect(following(span, 1200, 10_000)).toEqual({ from: 1100, to: 2100 });
  expect(following({ from: 5000, to: 6000 }, 20, 10_000)).toEqual({ from: 0, to: 1000 });
});

test("ticks are round and few", () => {
  expect(ticks({ from: 0, to: 12_000 }, 10)).toEqual([0, 2000, 4000, 6000, 8000, 10_000, 12_000]);
  expect(ticks({ from: 4960, to: 5160 }, 10)).toHaveLength(11);
  expect(ticks({ from: 0, to: 86_400_000 }, 10).length).toBeGreaterThan(0);
});

test("times are written as minutes and seconds, rounded once", () => {
  expect(clockText(62_345)).toBe("1:02.345");
  expect(clockText(59_999, 0)).toBe("1:00");
  expect(clockText(12_340, 1)).toBe("0:12.3");
  expect(clockText(-1)).toBe("0:00.000");
});

test("what is at a time: starts belong to it, ends do not", () => {
  expect([-1, 0, 9, 10, 25].map((at) => placeAt([0, 10, 20], at))).toEqual([-1, 0, 0, 1, 2]);
  const stretches = { starts: [0, 10, 30], ends: [10, 20, 40] };
  expect([0, 9, 10, 20, 30, 40].map((at) => stretchAt(stretches, at))).toEqual([0, 0, 1, -1, 2, -1]);
  expect(stretchAt({ starts: [], ends: [] }, 3)).toBe(-1);
});

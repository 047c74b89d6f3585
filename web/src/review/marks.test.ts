// @vitest-environment node
import { expect, test } from "vitest";
import { marked, NO_MARKS, sameMarks, scored } from "./marks.ts";

test("an end before the start gives up the start, and the other way round", () => {
  const marks = marked(marked(NO_MARKS, "start", 500), "end", 900);
  expect([marks.start_ms, marks.end_ms]).toEqual([500, 900]);
  expect(marked(marks, "start", 900)).toMatchObject({ start_ms: 900, end_ms: null });
  expect(marked(marks, "end", 500)).toMatchObject({ start_ms: null, end_ms: 500 });
});

test("a score is of one item, and can be taken away", () => {
  const marks = scored(scored(NO_MARKS, 3, 2), 4, 0);
  expect(marks.scores).toEqual({ 3: 2, 4: 0 });
  expect(scored(marks, 3, null).scores).toEqual({ 4: 0 });
  expect(sameMarks(scored(scored(NO_MARKS, 4, 0), 3, 2), marks)).toBe(true);
  expect(sameMarks(marks, scored(marks, 3, null))).toBe(false);
});

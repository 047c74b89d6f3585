// @vitest-environment node
import { expect, test } from "vitest";
import { CLIPS, VIDEOS } from "./contents.ts";

test("a copy in the browser is known by its form", () => {
  const video = { draft: null, tracks: { left: [{ start_ms: 0, end_ms: 40, label: "reach" }] }, done: false };
  expect(VIDEOS.isContent(video)).toBe(true);
  for (const wrong of [
    null,
    [],
    { ...video, done: 1 },
    { ...video, tracks: { third: [] } },
    { ...video, tracks: { left: [{ start_ms: -1, end_ms: 40, label: "reach" }] } },
    { ...video, tracks: { left: [{ start_ms: 0, end_ms: "40", label: "reach" }] } },
  ])
    expect(VIDEOS.isContent(wrong)).toBe(false);
  const clip = { marks: { start_ms: null, end_ms: 40, scores: { 3: 2 } }, done: true };
  expect(CLIPS.isContent(clip)).toBe(true);
  expect(CLIPS.isContent({ ...clip, marks: { ...clip.marks, scores: { 3: 3 } } })).toBe(false);
});

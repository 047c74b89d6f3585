// @vitest-environment node
import { beforeEach, expect, test } from "vitest";
import { Playback } from "../parts/playback.ts";
import { ClipPen, clipKeys } from "./clip_pen.ts";
import { NO_MARKS } from "./marks.ts";

let pen: ClipPen;

beforeEach(() => {
  const clip = {
    id: "P01_12",
    patient: "P01",
    duration_ms: 2600,
    fps: 25,
    items: [
      [12, "flexion"],
      [13, "pronation"],
    ] as const,
    state: "new" as const,
    active_s: 0,
  };
  pen = new ClipPen(clip, { marks: NO_MARKS, done: false }, new Playback(clip.duration_ms, clip.fps));
});

function press(...names: string[]): void {
  for (const name of names)
    clipKeys(pen)
      .find(({ keys }) => keys.includes(name))
      ?.act();
}

test("a clip is marked and scored with keys alone", () => {
  pen.playback.seek(415);
  press("i");
  pen.playback.seek(2600);
  press("o", "2", "0");
  expect(pen.content.value.marks).toEqual({ start_ms: 400, end_ms: 2600, scores: { 12: 2, 13: 0 } });
  press("ArrowUp", "Backspace");
  expect(pen.content.value.marks.scores).toEqual({ 13: 0 });
});

test("each step can be undone and made again", () => {
  press("1", "2", "ctrl+z");
  expect(pen.content.value.marks.scores).toEqual({ 12: 1 });
  press("ctrl+y");
  expect(pen.content.value.marks.scores).toEqual({ 12: 1, 13: 2 });
  press("ctrl+z", "ctrl+z", "ctrl+z");
  expect(pen.content.value.marks).toEqual(NO_MARKS);
});

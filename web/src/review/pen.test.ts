// @vitest-environment node
import { beforeEach, expect, test } from "vitest";
import { Playback } from "../parts/playback.ts";
import { currentTrack } from "./editing.ts";
import { Pen } from "./pen.ts";
import { penKeys } from "./pen_keys.ts";
import type { ReviewedVideo } from "./types.ts";

const NAMES = ["reach", "reposition", "transport"];
const SCHEME = {
  name: "test",
  labels: NAMES.map((name) => ({ name, colour: "#112233", motion: true, grasp: false })),
};
const VIDEO: ReviewedVideo = {
  id: "P01",
  patient: "P01",
  activity: "drinking",
  view: "1",
  duration_ms: 4000,
  fps: 25,
  hand: "left",
  uncertainty: null,
  state: "new",
  active_s: 0,
};

let pen: Pen;

beforeEach(() => {
  pen = new Pen(VIDEO, SCHEME, {}, new Playback(VIDEO.duration_ms, VIDEO.fps));
});

const segments = () => currentTrack(pen.editing.value).map((one) => [one.label, one.start_ms, one.end_ms]);
const at = (ms: number) => pen.playback.seek(ms);

function press(...names: string[]): void {
  for (const name of names) {
    const binding = penKeys(pen, SCHEME).find(({ keys }) => keys.includes(name));
    if (!binding) throw new Error(`no key ${name}`);
    binding.act();
  }
}

test("who plays and presses digits labels without a pause", () => {
  at(400);
  press("1");
  at(1000);
  press("3");
  at(1520);
  press("d");
  expect(segments()).toEqual([
    ["reach", 400, 1000],
    ["transport", 1000, 1520],
  ]);
  expect(pen.editing.value.hand).toBe("left");
});

test("at the video's end the segment that ends there is the one at the playhead", () => {
  press("1");
  at(VIDEO.duration_ms);
  press("d", "3");
  expect(segments()).toEqual([["transport", 0, 4000]]);
});

test("a digit at a segment is its label, before anything is drawn the next one's", () => {
  at(0);
  press("1");
  press("2");
  at(1000);
  press("d");
  at(500);
  press("3");
  expect(segments()).toEqual([["transport", 0, 1000]]);
});

test("each operation has a key, and works at the playhead where nothing is selected", () => {
  press("1");
  at(2000);
  press("d");
  at(1000);
  press("s", "2");
  expect(segments()).toEqual([
    ["reach", 0, 1000],
    ["reposition", 1000, 2000],
  ]);
  at(1200);
  press("i");
  expect(segments()[0]).toEqual(["reach", 0, 1200]);
  at(1600);
  press("Escape", "o");
  expect(segments()[1]).toEqual(["reposition", 1200, 1600]);
  press(".");
  expect(segments()[1]).toEqual(["reposition", 1240, 1640]);
  press("ArrowUp", "m");
  expect(segments()).toEqual([["reach", 0, 1640]]);
  at(3000);
  press("Escape", "f");
  expect(segments()).toHaveLength(2);
  press("shift+Delete");
  expect(segments()).toEqual([]);
  press("ctrl+z", "ctrl+z");
  expect(segments()).toEqual([["reach", 0, 1640]]);
  press("ctrl+y", "ctrl+shift+z");
  expect(segments()).toEqual([]);
});

test("what was begun can be given up, and the other hand has a track of its own", () => {
  press("d", "Escape");
  at(800);
  press("d");
  at(1600);
  press("d", "h");
  expect(pen.editing.value.hand).toBe("right");
  expect(segments()).toEqual([]);
  press("h");
  expect(segments()).toEqual([["reach", 800, 1600]]);
});

test("what was begun ends on its own hand, whichever was looked at meanwhile", () => {
  press("d");
  pen.select("right", null);
  at(800);
  press("d");
  expect(pen.editing.value.hand).toBe("left");
  expect(segments()).toEqual([["reach", 0, 800]]);
});

test("a label beyond the ninth is reached by the next-label key", () => {
  press("l", "l", "l", "l");
  expect(pen.label.value).toBe("reposition");
  press("shift+l", "shift+l");
  expect(pen.label.value).toBe("transport");
});

test("no key has two deeds, and what each does is said once", () => {
  const bindings = penKeys(pen, SCHEME);
  const keys = bindings.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(bindings.map(({ does }) => does)).size).toBe(bindings.length);
});

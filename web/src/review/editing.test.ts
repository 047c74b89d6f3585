// @vitest-environment node
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  applied,
  beginEditing,
  currentTrack,
  type Editing,
  redo,
  sameTracks,
  savedTracks,
  selecting,
  undo,
} from "./editing.ts";
import { boundsOf, draw } from "./tracks.ts";

const BOUNDS = boundsOf({ duration_ms: 4000, fps: 25 });
const EMPTY = beginEditing({}, "right", BOUNDS);

const step = fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 4000 }), fc.boolean());

function drawn(editing: Editing, [from, to, left]: [number, number, boolean]): Editing {
  const there = selecting(editing, left ? "left" : "right", null);
  return applied(there, draw(currentTrack(there), from, to, "reach", BOUNDS));
}

test("undo leads back to the start and redo to the end, over both hands", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const end = steps.reduce(drawn, EMPTY);
      const back = end.past.reduce(undo, end);
      expect(back.tracks).toEqual(EMPTY.tracks);
      expect(back.past).toEqual([]);
      expect(back.future.reduce(redo, back).tracks).toEqual(end.tracks);
    }),
  );
});

test("a change after an undo forgets what was undone", () => {
  const one = drawn(EMPTY, [0, 500, false]);
  const other = drawn(undo(one), [1000, 1500, false]);
  expect(redo(other).refusal).toBe("There is nothing to redo.");
  expect(undo(other).tracks).toEqual(EMPTY.tracks);
});

test("what is refused changes nothing and says why; what leaves a track as it is, is no step", () => {
  const refused = drawn(EMPTY, [500, 500, false]);
  expect(refused).toEqual({ ...EMPTY, refusal: "A segment lasts at least 40 ms." });
  const same = applied(EMPTY, { track: currentTrack(EMPTY), place: null });
  expect(same.past).toEqual([]);
});

test("tracks are saved of hands that have segments, and two that touch and agree are one in a label file", () => {
  const tracks = savedTracks(drawn(EMPTY, [0, 500, false]).tracks);
  expect(tracks).toEqual({ right: [{ start_ms: 0, end_ms: 500, label: "reach" }] });
  const parts = [
    { start_ms: 0, end_ms: 200, label: "reach" },
    { start_ms: 200, end_ms: 500, label: "reach" },
  ];
  expect(sameTracks(tracks, { right: parts, left: [] })).toBe(true);
  expect(sameTracks(tracks, { left: parts })).toBe(false);
});

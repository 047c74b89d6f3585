// @vitest-environment node
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  boundsOf,
  clear,
  draw,
  fill,
  gapAt,
  joined,
  merge,
  move,
  moveEdge,
  type Outcome,
  placeAt,
  relabel,
  remove,
  split,
  type Track,
  tidied,
} from "./tracks.ts";

const BOUNDS = boundsOf({ duration_ms: 4000, fps: 25 });
const LABELS = ["reach", "transport", "idle"];

const piece = (start_ms: number, end_ms: number, label = "reach") => ({ start_ms, end_ms, label });
const moment = fc.integer({ min: 0, max: BOUNDS.end_ms });
const label = fc.constantFrom(...LABELS);
const place = fc.integer({ min: 0, max: 12 });
const side = fc.constantFrom<-1 | 1>(-1, 1);

const operation: fc.Arbitrary<(track: Track) => Outcome> = fc.oneof(
  fc.tuple(moment, moment, label).map(
    ([from, to, name]) =>
      (track: Track) =>
        draw(track, from, to, name, BOUNDS),
  ),
  moment.map((at) => (track: Track) => split(track, at, BOUNDS)),
  fc.tuple(place, side).map(
    ([at, where]) =>
      (track: Track) =>
        merge(track, at, where),
  ),
  fc.tuple(place, label).map(
    ([at, name]) =>
      (track: Track) =>
        relabel(track, at, name),
  ),
  fc
    .tuple(place, fc.constantFrom<"start" | "end">("start", "end"), fc.integer({ min: -500, max: 4500 }), fc.boolean())
    .map(
      ([at, edge, to, alone]) =>
        (track: Track) =>
          moveEdge(track, at, edge, to, BOUNDS, alone),
    ),
  fc.tuple(place, fc.integer({ min: -900, max: 900 })).map(
    ([at, by]) =>
      (track: Track) =>
        move(track, at, by, BOUNDS),
  ),
  place.map((at) => (track: Track) => remove(track, at)),
  fc.tuple(moment, label).map(
    ([at, name]) =>
      (track: Track) =>
        fill(track, at, name, BOUNDS),
  ),
);

const track = fc.array(operation, { maxLength: 25 }).map((steps) => steps.reduce<Track>(after, []));

function after(before: Track, step: (track: Track) => Outcome): Track {
  const outcome = step(before);
  return "refusal" in outcome ? before : outcome.track;
}

function edited(outcome: Outcome) {
  if ("refusal" in outcome) throw new Error(outcome.refusal);
  return outcome;
}

function total(segments: Track): number {
  return segments.reduce((sum, segment) => sum + segment.end_ms - segment.start_ms, 0);
}

describe("whatever is done", () => {
  test("segments stay in order, apart, within the video and long enough", () => {
    fc.assert(
      fc.property(track, (segments) => {
        let end = 0;
        for (const segment of segments) {
          expect(segment.start_ms).toBeGreaterThanOrEqual(end);
          expect(segment.end_ms - segment.start_ms).toBeGreaterThanOrEqual(BOUNDS.least_ms);
          end = segment.end_ms;
        }
        expect(end).toBeLessThanOrEqual(BOUNDS.end_ms);
        expect(tidied(segments, BOUNDS)).toEqual(segments);
      }),
    );
  });

  test("the place is that of the segment that the change was about, and the old track is as it was", () => {
    fc.assert(
      fc.property(track, operation, (segments, step) => {
        const before = JSON.stringify(segments);
        const outcome = step(segments);
        expect(JSON.stringify(segments)).toBe(before);
        if (!("refusal" in outcome) && outcome.place !== null) expect(outcome.track[outcome.place]).toBeDefined();
      }),
    );
  });

  test("a drawn segment covers what was drawn, and hardly more", () => {
    fc.assert(
      fc.property(track, moment, moment, label, (segments, one, other, name) => {
        fc.pre(Math.abs(one - other) >= BOUNDS.least_ms);
        const { track: drawn, place: at } = edited(draw(segments, one, other, name, BOUNDS));
        const segment = drawn[at as number];
        expect(segment?.label).toBe(name);
        for (const [edge, wanted] of [
          [segment?.start_ms, Math.min(one, other)],
          [segment?.end_ms, Math.max(one, other)],
        ] as [number, number][])
          expect(Math.abs(edge - wanted)).toBeLessThan(BOUNDS.least_ms);
        expect(total(drawn)).toBeGreaterThanOrEqual(total(segments));
      }),
    );
  });

  test("a split is undone by a merge, and labels no more or less time", () => {
    fc.assert(
      fc.property(track, moment, (segments, at) => {
        const outcome = split(segments, at, BOUNDS);
        fc.pre(!("refusal" in outcome));
        const { track: parts, place: second } = edited(outcome);
        expect(joined(parts)).toEqual(joined(segments));
        expect(edited(merge(parts, second as number, -1)).track).toEqual(segments);
      }),
    );
  });

  test("an edge that two segments share moves both, and leaves no gap", () => {
    fc.assert(
      fc.property(track, place, moment, (segments, at, to) => {
        const [one, other] = [segments[at], segments[at + 1]];
        fc.pre(one !== undefined && other !== undefined && one.end_ms === other.start_ms);
        const { track: moved } = edited(moveEdge(segments, at, "end", to, BOUNDS));
        expect(moved[at]?.end_ms).toBe(moved[at + 1]?.start_ms);
        expect(total(moved)).toBe(total(segments));
      }),
    );
  });

  test("a moment lies in a segment or in a gap, and a gap can be filled", () => {
    fc.assert(
      fc.property(track, moment, label, (segments, at, name) => {
        const gap = gapAt(segments, at, BOUNDS);
        fc.pre(at < BOUNDS.end_ms);
        expect(gap === null).toBe(placeAt(segments, at) !== null);
        if (!gap || !segments.length) return;
        const filled = edited(fill(segments, at, name, BOUNDS)).track;
        expect(total(filled)).toBe(total(segments) + gap[1] - gap[0]);
      }),
    );
  });
});

test("a segment that is drawn over another cuts it", () => {
  expect(edited(draw([piece(0, 1000)], 300, 600, "idle", BOUNDS)).track).toEqual([
    piece(0, 300),
    piece(300, 600, "idle"),
    piece(600, 1000),
  ]);
  expect(edited(draw([piece(0, 1000)], 20, 600, "idle", BOUNDS)).track).toEqual([
    piece(0, 600, "idle"),
    piece(600, 1000),
  ]);
});

test("a segment of no length is refused with a reason", () => {
  expect(draw([], 500, 500, "idle", BOUNDS)).toEqual({ refusal: "A segment lasts at least 40 ms." });
  expect(split([piece(0, 60)], 30, BOUNDS)).toEqual({ refusal: "A segment lasts at least 40 ms." });
});

test("an edge stops where its neighbour would become too short, or where a gap ends", () => {
  const segments = [piece(0, 1000), piece(1000, 2000, "idle"), piece(3000, 3500)];
  expect(edited(moveEdge(segments, 1, "start", -5, BOUNDS)).track.slice(0, 2)).toEqual([
    piece(0, 40),
    piece(40, 2000, "idle"),
  ]);
  expect(edited(moveEdge(segments, 1, "end", 3900, BOUNDS)).track[1]).toEqual(piece(1000, 3000, "idle"));
  expect(edited(moveEdge(segments, 1, "start", 1500, BOUNDS, true)).track.slice(0, 2)).toEqual([
    piece(0, 1000),
    piece(1500, 2000, "idle"),
  ]);
  expect(edited(move(segments, 1, 5000, BOUNDS)).track[1]).toEqual(piece(2000, 3000, "idle"));
});

test("a merge keeps the label of the selected segment and closes the gap", () => {
  const segments = [piece(0, 500), piece(900, 1500, "idle")];
  expect(edited(merge(segments, 1, -1)).track).toEqual([piece(0, 1500, "idle")]);
  expect(merge(segments, 1, 1)).toEqual({ refusal: "There is no segment after this one." });
});

test("what has nothing to work on says so", () => {
  for (const outcome of [relabel([], 0, "idle"), remove([], 0), move([], 0, 40, BOUNDS), clear([])])
    expect(outcome).toHaveProperty("refusal");
  expect(fill([piece(0, 4000)], 100, "idle", BOUNDS)).toHaveProperty("refusal");
});

test("a gap too short for a segment is closed by its neighbour", () => {
  const segments = [piece(0, 500), piece(520, 1500, "idle")];
  expect(edited(fill(segments, 510, "reach", BOUNDS)).track[0]).toEqual(piece(0, 520));
});

test("foreign segments are put in order, cut to the video and to each other, without what has no length", () => {
  const foreign = [piece(3000, 9000, "idle"), piece(0, 1000), piece(500, 1500, "idle"), piece(1600, 1600)];
  expect(tidied(foreign, BOUNDS)).toEqual([piece(0, 1000), piece(1000, 1500, "idle"), piece(3000, 4000, "idle")]);
});

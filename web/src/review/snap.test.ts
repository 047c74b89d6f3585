// @vitest-environment node
import fc from "fast-check";
import { expect, test } from "vitest";
import { frameStart, nearestFrame, snapped } from "./snap.ts";

test("the start of a frame is the same wherever in the frame one asks, and asking again changes nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom(15, 24, 25, 29.97, 30, 50, 60), (frame, fps) => {
      const start = Math.round((frame * 1000) / fps);
      expect(frameStart(start, fps)).toBe(start);
      expect(frameStart(((frame + 0.5) * 1000) / fps, fps)).toBe(start);
      expect(nearestFrame(start, fps)).toBe(start);
    }),
  );
});

test("what is near a moment goes there, everything else to a frame", () => {
  expect(snapped(1010, [1000, 1018], 15, 25)).toBe(1018);
  expect(snapped(1010, [1000], 15, 25)).toBe(1000);
  expect(snapped(1050, [1000], 15, 25)).toBe(1040);
});

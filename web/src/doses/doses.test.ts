// @vitest-environment node

import fc from "fast-check";
import { expect, test } from "vitest";
import type { PageDose, PageMeasured } from "../data/types.ts";
import { OVERVIEW } from "../fixtures/sample.ts";
import {
  axisOf,
  countedLabels,
  coverageAt,
  intervalOf,
  levelPlace,
  orderedSessions,
  perMinute,
  promisedLevel,
  waysOf,
} from "./doses.ts";

const [MEASURED, UNABLE] = OVERVIEW.measured as [PageMeasured, PageMeasured];
const DOSE: PageDose = { true: null, rule: null, count: 1, ends: [], seconds: null, seconds_ends: null };

test("doses are of the labels of the run's scheme, and of all of them last", () => {
  const labels = countedLabels(OVERVIEW, MEASURED.run);
  expect(labels.at(-1)).toBeNull();
  expect(labels.slice(0, -1).map((label) => label?.name)).toEqual(OVERVIEW.schemes[0]?.labels.map(({ name }) => name));
  expect(MEASURED.sessions.every(({ doses }) => doses.length === labels.length)).toBe(true);
});

test("the usual level stands for one that a run has not", () => {
  expect([50, 80, 90, 95, 0].map((level) => levelPlace([50, 80, 90], level))).toEqual([0, 1, 2, 1, 1]);
});

test.each([
  [3, 75],
  [7, 87.5],
  [9, 90],
  [99, 99],
  [0, 0],
])("the labels of %i patients promise no level above %i %", (patients, level) => {
  expect(promisedLevel(patients)).toBe(level);
});

test("intervals and rates in words", () => {
  expect(intervalOf([3, 14], 0)).toBe("3 – 14");
  expect(intervalOf([0.25, 7.31], 1)).toBe("0.3 – 7.3");
  expect(intervalOf(undefined, 0)).toBe("–");
  expect(perMinute(5, 30_000)).toBe(10);
  expect(perMinute(5, 0)).toBeNaN();
});

test("an axis has room for whatever is drawn on it, in order", () => {
  const count = fc.double({ min: 0, max: 1e4, noNaN: true });
  const dose = fc.record({
    true: fc.option(fc.nat(1000)),
    rule: fc.option(fc.nat(1000)),
    count,
    ends: fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(dose, { minLength: 1, maxLength: 4 }), (some) => {
      const axis = axisOf(some.map((one) => ({ ...DOSE, ...one })));
      const drawn = some.flatMap((one) => [one.true ?? 0, one.rule ?? 0, one.count, ...one.ends.flat()]);
      for (const number of drawn) expect(axis.at(number)).toBeLessThanOrEqual(100);
      expect(Math.min(...drawn.map(axis.at))).toBeGreaterThanOrEqual(0);
      expect(axis.ticks.every(Number.isInteger)).toBe(true);
    }),
  );
});

test("how well intervals hold: the estimate's by level, and every way with its words", () => {
  expect(coverageAt(MEASURED, 80)).toMatchObject({ way: "fused", level: 80, n_held: 3, n_known: 3 });
  expect(coverageAt({ ...MEASURED, coverage: [] }, 80)).toBeUndefined();
  const ways = waysOf({
    ...MEASURED,
    coverage: [...MEASURED.coverage, { way: "new", level: 50, n_held: 0, n_known: 1, width: null }],
  });
  expect(ways.map(({ name }) => name)).toEqual([
    "the estimate",
    "a stopwatch that knows the activity, no model",
    "new",
  ]);
  expect(ways[0]?.levels.map(({ level }) => level)).toEqual([50, 80, 90]);
  expect(waysOf(UNABLE)).toEqual([]);
});

test("sessions are sorted by what a reader chooses", () => {
  const patients = (column: string, descending: boolean) =>
    orderedSessions(MEASURED.sessions, 0, { column, descending }).map(({ patient }) => patient);
  const [first, second, third] = ["P01", "P02", "P03"];
  expect(patients("patient", true)).toEqual([third, second, first]);
  expect(patients("cohort", false)).toEqual([first, second, third]);
  for (const column of ["true", "estimate", "rate"]) expect(patients(column, true)).toEqual([third, second, first]);
  expect(patients("minutes", true)).toEqual([first, second, third]);
});

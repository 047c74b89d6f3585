// @vitest-environment node
import { expect, test } from "vitest";
import { WorkTime } from "./work_time.ts";

test("work counts until thirty seconds after the last movement", () => {
  const time = new WorkTime();
  expect(time.seconds(5000)).toBe(0);
  time.touch(0);
  time.touch(10_000);
  expect(time.seconds(15_000)).toBe(15);
  expect(time.seconds(100_000)).toBe(40);
  time.touch(100_000);
  expect(time.seconds(101_000)).toBe(41);
});

test("a page that is not seen is not worked on", () => {
  const time = new WorkTime();
  time.touch(0);
  time.hide(4000);
  expect(time.seconds(20_000)).toBe(4);
  time.touch(20_000);
  expect(time.seconds(21_000)).toBe(5);
});

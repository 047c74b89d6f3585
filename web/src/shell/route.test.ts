import { expect, test } from "vitest";
import { href, parseRoute } from "./route.ts";

test("a route is what its address says", () => {
  const path = ["video", "P 01/ä?#"];
  expect(parseRoute(href(path, { t: 1.5, run: 2 }))).toEqual({ path, query: { t: "1.5", run: "2" } });
  expect(parseRoute("")).toEqual({ path: [], query: {} });
  expect(parseRoute("#/video/%E0%A4%A").path).toEqual(["video", "%E0%A4%A"]);
});

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Overview, PageMeasured, PageSession } from "../data/types.ts";
import { OVERVIEW, sampleVideo } from "../fixtures/sample.ts";
import { parseRoute, route } from "../shell/route.ts";
import { Measured } from "./measured.tsx";
import { MeasuredVideo } from "./video_doses.tsx";

const [MEASURED, UNABLE] = OVERVIEW.measured as [PageMeasured, PageMeasured];

beforeEach(() => {
  history.replaceState(null, "", "#/");
  route.value = parseRoute("#/");
});
afterEach(cleanup);

const withMeasured = (...measured: PageMeasured[]): Overview => ({ ...OVERVIEW, measured });
const row = (name: RegExp) => within(screen.getByRole("row", { name })).getAllByRole("cell");
const cells = (name: RegExp) => row(name).map((cell) => cell.textContent);

test("nothing is there where nothing was to be measured", () => {
  const { container } = render(<Measured overview={withMeasured()} />);
  expect(container.textContent).toBe("");
  render(<MeasuredVideo overview={withMeasured()} data={sampleVideo(0)} run={0} />);
  expect(screen.queryByRole("table")).toBeNull();
});

test("every patient's session with its interval, how far to trust it, and that labels of others made it", () => {
  render(<Measured overview={OVERVIEW} />);
  const section = screen.getByRole("region", { name: "Doses, measured" }).textContent ?? "";
  expect(section).toContain("it is not zero-shot");
  expect(section).toContain("The 80 % intervals hold the true number of all movements in 3 of 3 videos (100 %)");
  expect(section).toMatch(
    /labels of 7 other patients no level above 87.5.% can be promised; wider intervals go as far/,
  );
  expect(section).toContain("bot measures nothing: labels of 2 patients besides P01");
  expect(section).toContain("P09_shelf_1: no window of it was answered");
  expect(cells(/^P02/)).toEqual(["mild", "day 14", "1", "0.2", "23", "22", "14 – 30", "111.3", "70.0 – 150.0"]);
  const link = within(screen.getByRole("row", { name: /^P02/ })).getByRole("link");
  expect(link.getAttribute("href")).toBe("#/videos?patient=P02");
});

test("label and level can be chosen, and are kept in the address", async () => {
  render(<Measured overview={OVERVIEW} />);
  fireEvent.change(screen.getByLabelText("Number of"), { target: { value: "reach" } });
  await waitFor(() => expect(cells(/^P01/).slice(5, 7)).toEqual(["4", "2 – 6"]));
  fireEvent.change(screen.getByLabelText("Interval"), { target: { value: "90" } });
  await waitFor(() => expect(cells(/^P01/)[6]).toBe("1 – 7"));
  expect(location.hash).toBe("#/?dose=reach&level=90");
});

test("columns that nobody knows anything for are left out", () => {
  const unknown = (session: PageSession): PageSession => ({
    ...session,
    date: null,
    doses: session.doses.map((dose) => ({ ...dose, true: null, rule: null })),
  });
  render(<Measured overview={withMeasured({ ...MEASURED, coverage: [], sessions: MEASURED.sessions.map(unknown) })} />);
  const heads = screen.getAllByRole("columnheader").map((head) => head.textContent?.replace(/[↕▲▼]/g, ""));
  expect(heads).toEqual(["patient", "cohort", "videos", "minutes", "estimate", "80 %", "per minute", "80 %"]);
  expect(screen.getByText(/No true number is known/)).toBeTruthy();
  expect(screen.getByRole("list", { name: "marks" }).textContent).not.toContain("truth");
});

test("the doses of a video: every label, all of them, and what to know of them", () => {
  render(<MeasuredVideo overview={OVERVIEW} data={sampleVideo(2)} run={0} />);
  expect(cells(/^reach/)).toEqual(["5", "9", "6", "5 – 7", "3 – 9", "2 – 10", "4.8 3.1 – 6.5"]);
  expect(cells(/^all/).slice(0, 3)).toEqual(["25", "22", "24"]);
  expect(screen.getByText(/^All, per minute/).textContent).toBe(
    "All, per minute: 121.3, 80\u00a0% interval 75.0 – 165.0.",
  );
  expect(screen.getByText(/its intervals promise nothing/)).toBeTruthy();
  expect(screen.getByText("its activity (drinking) is in no other video")).toBeTruthy();
});

test("of a run that does not measure another one's doses are shown, named; of one that could not, why", () => {
  const { rerender } = render(<MeasuredVideo overview={OVERVIEW} data={sampleVideo(0)} run={3} />);
  expect(screen.getByRole("heading", { level: 2 }).textContent).toContain("with rehab_tiny, by");
  rerender(<MeasuredVideo overview={OVERVIEW} data={sampleVideo(0)} run={UNABLE.run} />);
  expect(screen.getByText(/This video is not measured: labels of 2 patients/)).toBeTruthy();
});

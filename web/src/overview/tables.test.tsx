import { cleanup, render, screen, within } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { OVERVIEW } from "../fixtures/sample.ts";
import { PrintedTables } from "./tables.tsx";

afterEach(cleanup);

test("a table as the command prints it, with what there is to say of it", () => {
  const { container } = render(<PrintedTables tables={OVERVIEW.tables} />);
  const section = within(screen.getByRole("region", { name: /^What answers live on/ }));
  expect(section.getAllByRole("rowheader").map((head) => head.textContent)).toEqual([
    "rehab_tiny: motion",
    "as is",
    "freeze",
    "blank",
  ]);
  expect(section.getByRole("row", { name: /^freeze/ }).textContent).toBe(
    "freeze.615 [.540, .690]-.298 [-.380, -.210]61.8",
  );
  expect(container.querySelector(".printed-section")?.textContent).toBe("rehab_tiny: motion");
  expect(container.querySelector("ul")?.textContent).toContain("keep 28 %");
  expect(container.querySelector("details")?.textContent).toContain("left out of means");
});

test("nothing without a table", () => {
  expect(render(<PrintedTables tables={[]} />).container.textContent).toBe("");
});

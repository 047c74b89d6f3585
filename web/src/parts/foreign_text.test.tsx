import { render } from "@testing-library/preact";
import { expect, test } from "vitest";
import { ForeignText, pieces } from "./foreign_text.tsx";

const HOSTILE = 'no</script><img src=x onerror="document.title=1"> \u202e \u001b[31m <b>grasp</b>';

test("markup stays text, signs that steer are named", () => {
  const { container } = render(<ForeignText text={HOSTILE} />);
  expect(container.querySelector("img, b, script")).toBeNull();
  expect(container.textContent).toBe(HOSTILE.replace("\u202e", "U+202E").replace("\u001b", "U+001B"));
  expect([...container.querySelectorAll(".foreign-sign")].map((sign) => sign.textContent)).toEqual([
    "U+202E",
    "U+001B",
  ]);
});

test("lines, tabs, letters of any writing and pictures stay as they are", () => {
  const text = "ja\n\tנכון 右手 🖐";
  expect(pieces(text)).toEqual([{ text, sign: false }]);
  expect(pieces("a\r\nb\ud800")).toEqual([
    { text: "a\nb", sign: false },
    { text: "U+D800", sign: true },
  ]);
  expect(pieces("")).toEqual([]);
});

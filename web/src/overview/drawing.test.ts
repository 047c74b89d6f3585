import { expect, test } from "vitest";
import { drawingOf } from "./drawing.ts";

const SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';

test("a drawing keeps what is seen", () => {
  const drawing = drawingOf(
    `<svg ${SVG} viewBox="0 0 9 9"><defs><path id="a" d="M0 0h9"/></defs><g clip-path="url(#b)"><use xlink:href="#a"/></g></svg>`,
  );
  expect(drawing?.querySelector("use")?.getAttribute("xlink:href")).toBe("#a");
  expect(drawing?.querySelector("g")?.getAttribute("clip-path")).toBe("url(#b)");
});

test("and nothing that could do more", () => {
  const drawing = drawingOf(
    `<svg ${SVG} onload="x()"><script>x()</script><foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>` +
      '<a href="javascript:x()"><text>x</text></a><use href="https://example.org/#a"/><style>*{}</style>' +
      '<rect style="fill:red" fill="url(https://example.org/x)" OnClick="x()" width="1"/><image href="x.png"/></svg>',
  );
  expect(drawing?.outerHTML).not.toMatch(/script|foreignObject|<a|<style|style=|https|image|onload|onclick/i);
  expect(drawing?.querySelector("rect")?.getAttribute("width")).toBe("1");
});

test("what is no drawing is none", () => {
  expect(drawingOf("<svg")).toBeNull();
  expect(drawingOf("<p>figure</p>")).toBeNull();
});

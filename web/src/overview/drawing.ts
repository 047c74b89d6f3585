// Drawings that come as markup: parsed as a picture, and stripped of everything that could do more than be seen.

const SVG = "http://www.w3.org/2000/svg";

const SEEN = new Set(
  (
    "svg g defs use path rect circle ellipse line polyline polygon text tspan title desc clipPath mask pattern marker " +
    "linearGradient radialGradient stop symbol"
  ).split(" "),
);

/** Return the drawing of an SVG's markup; null where it is none. */
export function drawingOf(markup: string): SVGElement | null {
  const root = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  if (root.namespaceURI !== SVG || root.localName !== "svg") return null;
  for (const element of [root, ...root.querySelectorAll("*")]) clean(element);
  return document.importNode(root, true) as unknown as SVGElement;
}

function clean(element: Element): void {
  if (element.namespaceURI !== SVG || !SEEN.has(element.localName)) {
    element.remove();
    return;
  }
  for (const { name, value } of [...element.attributes]) {
    const leadsOut = /(^|:)href$/.test(name) ? !value.startsWith("#") : /url\(\s*["']?[^#"'\s]/i.test(value);
    if (/^on/i.test(name) || name === "style" || leadsOut) element.removeAttribute(name);
  }
}

import type { ComponentChildren } from "preact";
import "./parts.css";

/** What may be wider than the page: it scrolls by itself, by keys too. */
export function Wide(props: { about: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="wide" aria-label={props.about} tabIndex={0}>
      {props.children}
    </section>
  );
}

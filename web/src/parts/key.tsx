import type { PageScheme } from "../data/types.ts";
import "./parts.css";

/** What the colours of a scheme's labels are. */
export function ColourKey(props: { scheme: PageScheme | undefined }) {
  return (
    <ul class="colour-key" aria-label="colours">
      {props.scheme?.labels.map((label) => (
        <li key={label.name}>
          <i style={{ background: label.colour }} />
          {label.name}
        </li>
      ))}
    </ul>
  );
}

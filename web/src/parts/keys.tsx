// Keys of a view, and the window that lists them.

import { useLayoutEffect, useRef } from "preact/hooks";
import "./keys.css";

/** What some keys do: their names as `keyName` gives them, what happens in words, and the deed. */
export interface Binding {
  readonly keys: readonly string[];
  readonly does: string;
  readonly act: () => void;
}

const TYPED_IN =
  "input:not([type=range],[type=checkbox],[type=radio]), select, textarea, [contenteditable], [data-own-keys]";
const PRESSED = "button, a, summary, input[type=checkbox], input[type=radio]";
const SHOWN: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  " ": "space",
};

/** Return the name of what was pressed, as ``shift+ArrowLeft``, ``ctrl+z`` or ``?``. */
export function keyName(event: KeyboardEvent): string {
  const lower = event.key.toLowerCase();
  const shifts = event.key === " " || lower !== event.key.toUpperCase(); // "?" is "?" with or without shift
  return [
    event.ctrlKey || event.metaKey ? "ctrl+" : "",
    event.altKey ? "alt+" : "",
    event.shiftKey && shifts ? "shift+" : "",
    event.key.length === 1 ? lower : event.key,
  ].join("");
}

/** Act on keys while the component is shown; not where a person types or presses something else. */
export function useKeys(bindings: readonly Binding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.defaultPrevented || target?.closest(`${TYPED_IN}, dialog[open]`)) return;
      if ((event.key === " " || event.key === "Enter") && target?.closest(PRESSED)) return;
      const name = keyName(event);
      const binding = latest.current.find(({ keys }) => keys.includes(name));
      if (!binding) return;
      event.preventDefault();
      binding.act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

/** The window that lists the keys of a view; `shut` is called when it closes. */
export function KeyList(props: { bindings: readonly Binding[]; shut: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={props.shut}>
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <button type="submit">Close</button>
      </form>
      <table>
        <tbody>
          {props.bindings.map(({ keys, does }) => (
            <tr key={does}>
              <th scope="row">
                {keys.map((name) => (
                  <kbd key={name}>{shownKey(name)}</kbd>
                ))}
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </dialog>
  );
}

function shownKey(name: string): string {
  const [, modifiers = "", key = name] = /^((?:ctrl\+|alt\+|shift\+)*)(.+)$/s.exec(name) ?? [];
  return modifiers.replaceAll("+", " + ") + (SHOWN[key] ?? key);
}

// The labels and operations of the pen as buttons, with the key of each, and what is selected.

import type { ComponentChildren } from "preact";
import type { PageScheme } from "../data/types.ts";
import { clockText } from "../parts/time.ts";
import { currentTrack, HANDS } from "./editing.ts";
import type { Pen } from "./pen.ts";
import { DIGITS } from "./pen_keys.ts";

/** The pen's buttons. */
export function Palette({ pen, scheme }: { pen: Pen; scheme: PageScheme }) {
  const { hand, past, future, refusal } = pen.editing.value;
  const begun = pen.begun.value;
  return (
    <div class="palette">
      <fieldset>
        <legend>Hand</legend>
        {HANDS.map((one) => (
          <Deed key={one} keys="h" pressed={one === hand} act={() => one !== hand && pen.otherHand()}>
            {one}
          </Deed>
        ))}
      </fieldset>
      <fieldset>
        <legend>Label</legend>
        {scheme.labels.map(({ name, colour }, place) => (
          <Deed
            key={name}
            keys={place < DIGITS ? String(place + 1) : ""}
            pressed={pen.label.value === name}
            act={() => pen.useLabel(name)}
          >
            <span class="swatch" style={{ backgroundColor: colour }} />
            {name}
          </Deed>
        ))}
      </fieldset>
      <fieldset>
        <legend>Playhead</legend>
        <Deed keys="d" pressed={begun !== null} act={() => pen.beginOrEnd()}>
          {begun ? "End it here" : "Begin"}
        </Deed>
        <Deed keys="s" act={() => pen.split()}>
          Split
        </Deed>
        <Deed keys="i" act={() => pen.moveEdgeHere("start", false)}>
          Start here
        </Deed>
        <Deed keys="o" act={() => pen.moveEdgeHere("end", false)}>
          End here
        </Deed>
        <Deed keys="f" act={() => pen.fill()}>
          Fill gap
        </Deed>
      </fieldset>
      <fieldset>
        <legend>Segment</legend>
        <Deed keys="shift + m" act={() => pen.merge(-1)}>
          Merge ‹
        </Deed>
        <Deed keys="m" act={() => pen.merge(1)}>
          Merge ›
        </Deed>
        <Deed keys="," act={() => pen.moveByFrames(-1)}>
          Move ‹
        </Deed>
        <Deed keys="." act={() => pen.moveByFrames(1)}>
          Move ›
        </Deed>
        <Deed keys="Delete" act={() => pen.remove()}>
          Delete
        </Deed>
        <Deed keys="shift + Delete" act={() => pen.clear()}>
          Clear track
        </Deed>
        <Deed keys="ctrl + z" off={past.length === 0} act={() => pen.undo()}>
          Undo
        </Deed>
        <Deed keys="ctrl + y" off={future.length === 0} act={() => pen.redo()}>
          Redo
        </Deed>
      </fieldset>
      <Selected pen={pen} />
      {refusal && (
        <p role="alert" class="doubtful">
          {refusal}
        </p>
      )}
    </div>
  );
}

function Selected({ pen }: { pen: Pen }) {
  const { hand, selected } = pen.editing.value;
  const begun = pen.begun.value;
  const segment = selected === null ? undefined : currentTrack(pen.editing.value)[selected];
  const words = begun
    ? `${begun.label} of the ${begun.hand} hand begins at ${clockText(begun.from)}: go to its end and press d, or the next label`
    : segment
      ? `${segment.label} of the ${hand} hand, ${clockText(segment.start_ms)} – ${clockText(segment.end_ms)}`
      : `nothing: operations are on the ${hand} hand's segment at the playhead`;
  return (
    <p aria-live="polite" class="selected">
      <span class="soft">Selected:</span> {words}
    </p>
  );
}

function Deed(props: { keys: string; act: () => void; children: ComponentChildren; pressed?: boolean; off?: boolean }) {
  const pressed = props.pressed === undefined ? {} : { "aria-pressed": props.pressed };
  return (
    <button type="button" disabled={props.off ?? false} onClick={props.act} {...pressed}>
      {props.children}
      {props.keys && <kbd>{props.keys}</kbd>}
    </button>
  );
}

// Text that a model wrote: shown as text, with what would steer a terminal or the direction of writing made visible.

import "./foreign_text.css";

const SIGN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A stretch of a text, or one sign in it that is not to be seen by itself. */
export interface Piece {
  readonly text: string;
  readonly sign: boolean;
}

/** Return a text in pieces; a sign without a look of its own becomes its number, as U+202E. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let plain = "";
  for (const sign of text.replaceAll("\r\n", "\n")) {
    if (sign === "\n" || sign === "\t" || !SIGN.test(sign)) {
      plain += sign;
      continue;
    }
    if (plain) found.push({ text: plain, sign: false });
    plain = "";
    found.push({ text: numberOf(sign), sign: true });
  }
  if (plain) found.push({ text: plain, sign: false });
  return found;
}

function numberOf(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A model's text, apart from what stands around it. */
export function ForeignText(props: { text: string }) {
  return (
    <bdi class="foreign-text">
      {pieces(props.text).map(({ text, sign }, place) => (sign ? <SignName key={place} name={text} /> : text))}
    </bdi>
  );
}

function SignName(props: { name: string }) {
  return (
    <span class="foreign-sign" title="a sign that cannot be seen">
      {props.name}
    </span>
  );
}

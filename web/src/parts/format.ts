// Numbers, times and lists in words.

/** What stands where there is no number. */
export const NONE = "–";

/** Return a number with a fixed count of decimals and a true minus sign. */
export function numberOf(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const text = value.toFixed(decimals);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

/** Return a difference, its sign always written. */
export function signedOf(value: number, decimals: number): string {
  const text = numberOf(value, decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** Return a whole number with a thin space between thousands. */
export function countOf(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Return a count with its noun, "1 run" or "2 runs". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${countOf(count)} ${count === 1 ? noun : plural}`;
}

/** Return thousandths as a percentage; 100 % only of the whole. */
export function percentOf(thousandths: number): string {
  const rounded = Math.round(thousandths / 10);
  return `${thousandths < 1000 && rounded === 100 ? "> 99" : rounded} %`;
}

/** Return words as a list in a sentence, the rest counted after the first few. */
export function listed(words: readonly string[], most = 4): string {
  const shown = words.slice(0, words.length > most ? most : most + 1);
  const rest = words.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

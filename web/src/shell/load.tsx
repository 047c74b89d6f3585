import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { PageError } from "../data/source.ts";

type State<T> = { readonly value: T } | { readonly problem: string } | null;

/** Show what a promise brings; a line for the person where it fails. */
export function Load<T>(props: { of: () => Promise<T>; by: unknown; children: (value: T) => ComponentChildren }) {
  const [state, setState] = useState<State<T>>(null);
  useEffect(() => {
    let wanted = true;
    setState(null);
    props.of().then(
      (value) => wanted && setState({ value }),
      (error: unknown) => wanted && setState({ problem: messageOf(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [props.by]);
  if (!state) return <p class="soft">Loading …</p>;
  if ("problem" in state) return <p role="alert">{state.problem}</p>;
  return <>{props.children(state.value)}</>;
}

/** Return an error's message, for the person where it is one for them. */
export function messageOf(error: unknown): string {
  if (error instanceof PageError) return error.message;
  return `The page has an error of its own: ${error instanceof Error ? error.message : String(error)}`;
}

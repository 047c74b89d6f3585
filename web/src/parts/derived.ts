// A value that follows signals, for components that would otherwise render with every frame.

import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";

/** Return what `compute` makes of signals and of `inputs`; the component renders again only when that changes. */
export function useDerived<T>(compute: () => T, inputs: readonly unknown[]): T {
  return useMemo(() => computed(compute), inputs).value;
}

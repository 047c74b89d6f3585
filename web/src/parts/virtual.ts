// Long lists of which only the rows in sight are drawn.

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

/** The rows to draw, and the height in pixels of those that are left out before and after them. */
export interface RowsInSight {
  readonly places: readonly number[];
  readonly before: number;
  readonly after: number;
}

const BEYOND = 6;

/** Return which rows of one height (pixels) are in sight within what scrolls them. */
export function useRowsInSight(count: number, height: number, scroller: RefObject<HTMLElement | null>): RowsInSight {
  const [, redraw] = useReducer((drawn: number, _: undefined) => drawn + 1, 0);
  const options: VirtualizerOptions<HTMLElement, Element> = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: BEYOND,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  const rows = virtualizer.getVirtualItems();
  return {
    places: rows.map(({ index }) => index),
    before: rows[0]?.start ?? 0,
    after: virtualizer.getTotalSize() - (rows.at(-1)?.end ?? 0),
  };
}

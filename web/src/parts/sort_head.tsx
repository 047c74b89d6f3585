import type { ComponentChildren } from "preact";
import { clicked, type Order } from "./sort.ts";
import "./parts.css";

/** The head of a column by which a table can be sorted. */
export function SortHead(props: {
  column: string;
  order: Order;
  first: "ascending" | "descending";
  onOrder: (order: Order) => void;
  children: ComponentChildren;
  span?: number;
  number?: boolean;
  about?: string;
}) {
  const { column, order, first } = props;
  const direction = order.descending ? "descending" : "ascending";
  const isSorted = order.column === column;
  return (
    <th
      scope="col"
      colSpan={props.span ?? 1}
      class={props.number ? "number" : undefined}
      aria-sort={isSorted ? direction : undefined}
    >
      <button
        type="button"
        class="sort"
        title={props.about}
        onClick={() => props.onOrder(clicked(order, column, first))}
      >
        {props.children}
        <span class="arrow" aria-hidden="true">
          {isSorted ? (order.descending ? "▼" : "▲") : "↕"}
        </span>
      </button>
    </th>
  );
}

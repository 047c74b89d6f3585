// The order of a table's rows by one of its columns.

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

export type SortKey = number | string | null | undefined;

const NATURAL = new Intl.Collator("en", { numeric: true });

/** Return items by a key, equal ones in the order given; those without a key come last in both directions. */
export function sortedBy<T>(items: readonly T[], key: (item: T) => SortKey, descending: boolean): T[] {
  const sign = descending ? -1 : 1;
  const keyed = items.map((item) => ({ item, by: key(item) ?? null }));
  keyed.sort((one, other) => {
    if (one.by === null || other.by === null) return Number(one.by === null) - Number(other.by === null);
    return sign * compared(one.by, other.by);
  });
  return keyed.map(({ item }) => item);
}

function compared(one: number | string, other: number | string): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return NATURAL.compare(String(one), String(other));
}

/** Return the order after a click on a column's head: `first` says in which direction a new column starts. */
export function clicked(order: Order, column: string, first: "ascending" | "descending"): Order {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: first === "descending" };
}

/** Write an order as a word of an address, "-edit_score" for a descending one. */
export function wordOf(order: Order): string {
  return `${order.descending ? "-" : ""}${order.column}`;
}

/** Read an order from a word of an address; ``""`` is the order that there is otherwise. */
export function orderOf(word: string, otherwise: Order): Order {
  if (word === "") return otherwise;
  return { column: word.replace(/^-/, ""), descending: word.startsWith("-") };
}

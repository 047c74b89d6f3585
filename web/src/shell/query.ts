// What a view lets a reader choose, kept in its address, so that a choice has a link and outlives a look elsewhere.

import { useState } from "preact/hooks";
import { parseRoute, replaceQuery, route } from "./route.ts";

/** Return a word of the address's query, ``""`` where there is none, and what changes it. */
export function useQuery(name: string): readonly [string, (value: string) => void] {
  const inAddress = route.value.query[name] ?? "";
  const [chosen, setChosen] = useState({ since: route.value, value: inAddress });
  const value = chosen.since === route.value ? chosen.value : inAddress; // a new address undoes what was chosen
  const change = (next: string): void => {
    const { [name]: _, ...others } = parseRoute(location.hash).query;
    replaceQuery(next === "" ? others : { ...others, [name]: next });
    setChosen({ since: route.value, value: next });
  };
  return [value, change];
}

/** Return the place that a word of the query names, the first of those allowed where it names none of them. */
export function usePlace(name: string, allowed: readonly number[]): readonly [number, (place: number) => void] {
  const [word, setWord] = useQuery(name);
  const place = allowed.find((one) => String(one) === word) ?? allowed[0] ?? 0;
  return [place, (next) => setWord(String(next))];
}

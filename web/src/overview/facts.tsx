import type { Overview, PageRun } from "../data/types.ts";
import { counted, NONE } from "../parts/format.ts";
import { RunName } from "../parts/run_name.tsx";
import { Wide } from "../parts/wide.tsx";
import { factsOf } from "./facts.ts";

/** What was run, one click away: settings and versions, questions, notes. */
export function WhatWasRun(props: { overview: Overview }) {
  const { runs } = props.overview;
  const { shared, names, own } = factsOf(runs);
  return (
    <details class="what">
      <summary>
        <h2>What was run</h2> <span class="soft">models, windows, settings, versions, questions</span>
      </summary>
      {shared.length > 0 && (
        <>
          <h3>The same for all runs</h3>
          <dl class="facts">
            {shared.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <h3>{shared.length > 0 ? "Different from run to run" : "By run"}</h3>
      <Wide about="settings by run">
        <table>
          <thead>
            <tr>
              <th scope="col">run</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                videos
              </th>
              <th scope="col" class="number">
                windows
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run, place) => (
              <tr key={run.name}>
                <th scope="row">
                  <RunName run={run} />
                </th>
                {own[place]?.map((value, column) => (
                  <td key={names[column]}>{value ?? NONE}</td>
                ))}
                <td class="number">{run.n_videos}</td>
                <td class="number">{run.n_windows}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <h3>Questions</h3>
      {questionsOf(runs).map(({ key, run, names: asked }) => (
        <div key={key} class="asked-of">
          <p class="soft">Asked of {asked.length > 3 ? counted(asked.length, "run") : asked.join(", ")}</p>
          <ul>
            {run.questions.map((question) => (
              <li key={question.id}>
                <b>{question.id}</b> {question.text ?? <span class="soft">its words were not recorded</span>}
                {question.choices.length > 0 && <span class="soft"> ({question.choices.join(" / ")})</span>}
              </li>
            ))}
          </ul>
        </div>
      ))}
      <Notes runs={runs} />
    </details>
  );
}

function Notes(props: { runs: readonly PageRun[] }) {
  const noted = props.runs.filter((run) => run.notes.length > 0);
  if (noted.length === 0) return null;
  return (
    <>
      <h3>Notes</h3>
      <ul>
        {noted.map((run) => (
          <li key={run.name}>
            <b>{run.name}</b> {run.notes.join("; ")}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Return each set of questions once, with the names of the runs that asked it. */
function questionsOf(runs: readonly PageRun[]): { key: string; run: PageRun; names: string[] }[] {
  const found = new Map<string, { key: string; run: PageRun; names: string[] }>();
  for (const run of runs.filter(({ questions }) => questions.length > 0)) {
    const key = JSON.stringify(run.questions);
    const same = found.get(key);
    if (same) same.names.push(run.name);
    else found.set(key, { key, run, names: [run.name] });
  }
  return [...found.values()];
}

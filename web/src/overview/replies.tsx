import type { Overview, PageReplies, PageRun } from "../data/types.ts";
import { counted, countOf } from "../parts/format.ts";
import { RunName } from "../parts/run_name.tsx";
import { type Order, orderOf, wordOf } from "../parts/sort.ts";
import { SortHead } from "../parts/sort_head.tsx";
import { Wide } from "../parts/wide.tsx";
import { useQuery } from "../shell/query.ts";
import { isClean, orderedByReplies, shareOf, TROUBLES } from "./replies.ts";

/** What became of the replies: by run those that are no answers; runs without any such are one click away. */
export function Replies(props: { overview: Overview }) {
  const { runs } = props.overview;
  const [clean, troubled] = [true, false].map((is) => runs.filter(({ replies }) => isClean(replies) === is));
  return (
    <section aria-labelledby="replies">
      <h2 id="replies">Replies</h2>
      <p class="soft">
        {troubled?.length
          ? `${troubled.length} of ${counted(runs.length, "run")} have replies without an answer, or replies that were cut.`
          : "Every question was answered, and every reply could be read."}
      </p>
      {troubled && troubled.length > 0 && <ReplyTable runs={troubled} about="replies by run" />}
      {clean && clean.length > 0 && (
        <details>
          <summary>{counted(clean.length, "run")} without any such</summary>
          <ReplyTable runs={clean} about="replies of runs without any trouble" />
        </details>
      )}
    </section>
  );
}

function ReplyTable(props: { runs: readonly PageRun[]; about: string }) {
  const [word, setWord] = useQuery("sort.replies");
  const order = orderOf(word, { column: "", descending: false });
  const setOrder = (next: Order) => setWord(wordOf(next));
  return (
    <Wide about={props.about}>
      <table class="replies">
        <thead>
          <tr>
            <SortHead column="run" order={order} first="ascending" onOrder={setOrder}>
              run
            </SortHead>
            <SortHead column="n_asked" order={order} first="descending" onOrder={setOrder} number>
              asked
            </SortHead>
            {TROUBLES.map(({ key, title, about }) => (
              <SortHead key={key} column={key} order={order} first="descending" onOrder={setOrder} about={about} number>
                {title}
              </SortHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {(order.column === "" ? props.runs : orderedByReplies(props.runs, order)).map((run) => (
            <tr key={run.name}>
              <th scope="row">
                <RunName run={run} />
              </th>
              <td class="number">{countOf(run.replies.n_asked)}</td>
              {TROUBLES.map(({ key }) => (
                <Trouble key={key} replies={run.replies} of={key} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Trouble(props: { replies: PageReplies; of: keyof PageReplies }) {
  const count = props.replies[props.of];
  if (count === 0) return <td class="number soft">0</td>;
  return (
    <td class="number doubtful">
      <b>{countOf(count)}</b> <span class="share">({shareOf(count, props.replies.n_asked)})</span>
    </td>
  );
}

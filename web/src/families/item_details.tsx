import { questionWords } from "../data/questions.ts";
import type { Overview, PageItem } from "../data/types.ts";
import { ForeignText } from "../parts/foreign_text.tsx";
import { NONE, percentOf } from "../parts/format.ts";
import { href } from "../shell/route.ts";

/** What a patient's score of an item was made of: its clips, the answers to each question, the rule. */
export function ItemDetails(props: { overview: Overview; run: number; item: PageItem }) {
  const { overview, run, item } = props;
  return (
    <article class="item-details">
      <h3>
        {item.patient}: item {item.item}, {item.title}
      </h3>
      <dl>
        <dt>therapist</dt>
        <dd>
          <b>{item.true ?? NONE}</b>
        </dd>
        <dt>run</dt>
        <dd>
          <b>{item.score ?? "no score"}</b>
        </dd>
        <dt>rule</dt>
        <dd>{item.rule}</dd>
        <dt>clips</dt>
        <dd>
          {item.clips.length === 0 && NONE}
          {item.clips.map((clip) => (
            <ClipLink key={clip} overview={overview} run={run} clip={clip} />
          ))}
        </dd>
      </dl>
      {item.answers.length > 0 ? <Answers {...props} /> : <p class="soft">No answer is part of this score.</p>}
    </article>
  );
}

function ClipLink(props: { overview: Overview; run: number; clip: number; question?: string }) {
  const id = props.overview.videos[props.clip]?.id ?? "";
  const query = { run: props.run, ...(props.question ? { q: props.question } : {}) };
  return (
    <a class="clip" href={href(["video", id], query)}>
      {id}
    </a>
  );
}

function Answers(props: { overview: Overview; run: number; item: PageItem }) {
  const { overview, run, item } = props;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">clip</th>
          <th scope="col">question</th>
          <th scope="col">answer</th>
          <th scope="col" class="number">
            sure
          </th>
        </tr>
      </thead>
      <tbody>
        {item.answers.map((answer) => (
          <tr key={`${answer.video} ${answer.question}`}>
            <th scope="row">
              <ClipLink overview={overview} run={run} clip={answer.video} question={answer.question} />
            </th>
            <td>{questionWords(overview.runs[run], answer.question)}</td>
            <td>
              {answer.answer === null ? <span class="doubtful">no answer</span> : <ForeignText text={answer.answer} />}
            </td>
            <td class="number">{answer.probability === null ? NONE : percentOf(answer.probability)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

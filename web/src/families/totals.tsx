import type { PageAssessment, PageTotal } from "../data/types.ts";
import { counted, NONE, numberOf } from "../parts/format.ts";
import { Wide } from "../parts/wide.tsx";
import { totalsAxis } from "./items.ts";

const SIZE = 380;
const LEFT = 46;
const BOTTOM = SIZE - 44;
const NAMED = 16;

/** Every patient's total against the therapist's: on the diagonal both are the same. */
export function Totals(props: { assessment: PageAssessment }) {
  const { totals } = props.assessment;
  return (
    <section aria-labelledby="totals">
      <h2 id="totals">Totals</h2>
      {totals.length === 0 ? (
        <p>No patient has a total: both the therapist and the run must have scored the same items.</p>
      ) : (
        <>
          <p class="soft">
            A dot per patient; on the diagonal the run's total is the therapist's. Both are sums over the items that
            both scored.
          </p>
          <div class="totals">
            <Scatter assessment={props.assessment} />
            <TotalsTable totals={totals} />
          </div>
        </>
      )}
    </section>
  );
}

function Scatter(props: { assessment: PageAssessment }) {
  const { assessment } = props;
  const { totals } = assessment;
  const x = totalsAxis(assessment, [LEFT, SIZE - 12]);
  const y = totalsAxis(assessment, [BOTTOM, 12]);
  const [low = 0, high = 1] = x.domain();
  const middle = (x(low) + x(high)) / 2;
  return (
    <svg
      class="scatter"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label="the run's totals against the therapist's"
    >
      {x.ticks(5).map((tick) => (
        <g key={tick}>
          <line class="grid" x1={x(tick)} x2={x(tick)} y1={y(low)} y2={y(high)} />
          <line class="grid" x1={x(low)} x2={x(high)} y1={y(tick)} y2={y(tick)} />
          <text x={x(tick)} y={BOTTOM + 17} text-anchor="middle">
            {tick}
          </text>
          <text x={LEFT - 7} y={y(tick) + 4} text-anchor="end">
            {tick}
          </text>
        </g>
      ))}
      <line class="identity" x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} />
      <text x={middle} y={SIZE - 6} text-anchor="middle">
        therapist's total
      </text>
      <text transform={`translate(12 ${(y(low) + y(high)) / 2}) rotate(-90)`} text-anchor="middle">
        run's total
      </text>
      {totals.map((total) => (
        <g key={total.patient}>
          <circle cx={x(total.true)} cy={y(total.score)} r={4.5}>
            <title>{`${total.patient}: ${numberOf(total.true, 0)} and ${numberOf(total.score, 1)}, of ${counted(total.n_items, "item")}`}</title>
          </circle>
          {totals.length <= NAMED && (
            <text class="point-name" x={x(total.true) + 8} y={y(total.score) + 4}>
              {total.patient}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function TotalsTable(props: { totals: readonly PageTotal[] }) {
  return (
    <details open={props.totals.length <= NAMED}>
      <summary>The totals in numbers</summary>
      <Wide about="totals in numbers">
        <table>
          <thead>
            <tr>
              <th scope="col">patient</th>
              <th scope="col">cohort</th>
              <th scope="col" class="number">
                therapist
              </th>
              <th scope="col" class="number">
                run
              </th>
              <th scope="col" class="number">
                at most
              </th>
              <th scope="col" class="number">
                items
              </th>
            </tr>
          </thead>
          <tbody>
            {props.totals.map((total) => (
              <tr key={total.patient}>
                <th scope="row">{total.patient}</th>
                <td>{total.cohort ?? NONE}</td>
                <td class="number">{numberOf(total.true, Number.isInteger(total.true) ? 0 : 1)}</td>
                <td class="number">{numberOf(total.score, Number.isInteger(total.score) ? 0 : 1)}</td>
                <td class="number">{total.most}</td>
                <td class="number">{total.n_items}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}

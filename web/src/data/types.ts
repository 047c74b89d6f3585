// What the page is given, as JSON: the same names and types as in lmms_eval_plugins/reports/page/data/, which says
// what each of them means. Times are whole milliseconds, probabilities thousandths, places count from 0.

export const SCHEMA = 1;

export type Family = "dose" | "identification" | "fugl_meyer" | "labelled" | "unscored";

export type Better = "higher" | "lower";

export type SourceKind = "truth" | "rater" | "rule" | "decoded";

/** A label of a scheme: its name, its colour ``#rrggbb``, and whether the hand moves and holds an object in it. */
export interface PageLabel {
  readonly name: string;
  readonly colour: string;
  readonly motion: boolean;
  readonly grasp: boolean;
}

/** The labels that a run's timelines, or a dataset's, may hold. */
export interface PageScheme {
  readonly name: string;
  readonly labels: readonly PageLabel[];
}

/** A question of a run: its id, its words as a template, kind of answer, and the answers allowed, if closed. */
export interface PageQuestion {
  readonly id: string;
  readonly text: string | null;
  readonly kind: string;
  readonly choices: readonly string[];
}

/** What became of the replies of a run; ``n_cut`` of them, read or not, were cut off at the limit of tokens. */
export interface PageReplies {
  readonly n_asked: number;
  readonly n_read: number;
  readonly n_unreadable: number;
  readonly n_refused: number;
  readonly n_contradictory: number;
  readonly n_missing: number;
  readonly n_cut: number;
}

/** A run. */
export interface PageRun {
  readonly name: string;
  readonly task: string;
  readonly model: string | null;
  readonly family: Family;
  readonly baseline: boolean;
  readonly demo: boolean;
  readonly perturbation: string | null;
  readonly scheme: number;
  readonly n_videos: number;
  readonly n_windows: number;
  readonly replies: PageReplies;
  readonly questions: readonly PageQuestion[];
  readonly facts: readonly (readonly [string, string])[];
  readonly notes: readonly string[];
}

/** A metric of a task: its key, title, better direction, and decimals to show. */
export interface PageMetric {
  readonly key: string;
  readonly title: string;
  readonly better: Better;
  readonly decimals: number;
}

/** A mean over videos with its 95 % interval by patients, and the number of videos; None where not determined. */
export interface PageEstimate {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** A run's row of a task: the run's place in `Overview.runs`, and an estimate per metric (by key). */
export interface TaskRow {
  readonly run: number;
  readonly values: Readonly<Record<string, PageEstimate>>;
}

/** What a task's numbers are measured against: a blind control, the reference of correct answers, or a further person. */
export interface ControlLine {
  readonly name: string;
  readonly kind: "control" | "reference" | "rater";
  readonly runs: readonly number[];
  readonly values: Readonly<Record<string, number>>;
}

/** A task: its metrics, the rows of its runs, its controls, and what is to say about its numbers. */
export interface PageTask {
  readonly task: string;
  readonly family: Family;
  readonly metrics: readonly PageMetric[];
  readonly rows: readonly TaskRow[];
  readonly lines: readonly ControlLine[];
  readonly notes: readonly string[];
}

/** A video. */
export interface PageVideo {
  readonly id: string;
  readonly patient: string;
  readonly cohort: string | null;
  readonly activity: string | null;
  readonly view: string | null;
  readonly duration_ms: number;
  readonly file: string;
  readonly media: string | null;
}

/** The scores of a run by video: places of the videos, and a column per metric (by key), None where not scored. */
export interface VideoScores {
  readonly run: number;
  readonly videos: readonly number[];
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Per video of an identification run: its place, and truth and answer as places in ``classes``, −1 for none. */
export interface NamedActivities {
  readonly run: number;
  readonly classes: readonly string[];
  readonly videos: readonly number[];
  readonly truths: readonly number[];
  readonly answers: readonly number[];
}

/** An answer about a Fugl-Meyer item: the clip, the question, what was answered, and its probability if known. */
export interface ItemAnswer {
  readonly video: number;
  readonly question: string;
  readonly answer: string | null;
  readonly probability: number | null;
}

/** A Fugl-Meyer item of a patient: the therapist's score, the run's, and what that was made of. */
export interface PageItem {
  readonly patient: string;
  readonly item: number;
  readonly title: string;
  readonly true: number | null;
  readonly score: number | null;
  readonly rule: string;
  readonly clips: readonly number[];
  readonly answers: readonly ItemAnswer[];
}

/** A patient's Fugl-Meyer total: the therapist's, the run's, and of how many items both are the sums. */
export interface PageTotal {
  readonly patient: string;
  readonly cohort: string | null;
  readonly true: number;
  readonly score: number;
  readonly n_items: number;
  readonly most: number;
}

/** The items and totals of a Fugl-Meyer run. */
export interface PageAssessment {
  readonly run: number;
  readonly items: readonly PageItem[];
  readonly totals: readonly PageTotal[];
}

/** A timeline of a video, in columns. */
export interface PageTimeline {
  readonly kind: SourceKind;
  readonly name: string;
  readonly run: number | null;
  readonly scheme: number;
  readonly hand: "left" | "right" | null;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly labels: readonly number[];
}

/** A window in which a model is surely wrong. */
export interface WrongWindow {
  readonly run: number;
  readonly video: number;
  readonly window: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly question: string;
  readonly truth: string;
  readonly answer: string;
  readonly probability: number | null;
  readonly disagreeing: number;
  readonly around: readonly PageTimeline[];
  readonly from_ms: number;
  readonly to_ms: number;
  readonly picture: string | null;
}

/** A figure: its name, what it shows, and the drawing as markup of an SVG element without style attributes. */
export interface PageFigure {
  readonly name: string;
  readonly about: string;
  readonly svg: string;
}

/** The dose of a label, or of all, in a video or in several. */
export interface PageDose {
  readonly true: number | null;
  readonly rule: number | null;
  readonly count: number;
  readonly ends: readonly (readonly [number, number])[];
  readonly seconds: number | null;
  readonly seconds_ends: readonly (readonly [number, number])[] | null;
}

/** The doses of a video as measured with a run's answers: of each label of the run's scheme, then of all. */
export interface PageVideoDoses {
  readonly run: number;
  readonly length_ms: number;
  readonly doses: readonly PageDose[];
  readonly flags: readonly string[];
}

/** The doses of the videos of a patient's session together. */
export interface PageSession {
  readonly patient: string;
  readonly cohort: string | null;
  readonly date: string | null;
  readonly view: string | null;
  readonly videos: readonly number[];
  readonly length_ms: number;
  readonly doses: readonly PageDose[];
}

/** How often the intervals of a level, by one way to measure, hold the true total of a video, and how wide they are. */
export interface PageCoverage {
  readonly way: string;
  readonly level: number;
  readonly n_held: number;
  readonly n_known: number;
  readonly width: number | null;
}

/** A run as an instrument: every patient measured by what the labels of the others teach. */
export interface PageMeasured {
  readonly run: number;
  readonly why_not: string | null;
  readonly levels: readonly number[];
  readonly n_others: number;
  readonly coverage: readonly PageCoverage[];
  readonly sessions: readonly PageSession[];
  readonly problems: readonly string[];
}

/** Runs of a model that differ in nothing but how the frames of windows were changed, the one with frames as is first. */
export interface PagePerturbed {
  readonly name: string;
  readonly runs: readonly number[];
}

/** Rows of a table under a title, their cells in words. */
export interface PageTableSection {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** A table that the command prints, its cells in words. */
export interface PageTable {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly sections: readonly PageTableSection[];
  readonly notes: readonly string[];
  readonly remarks: readonly string[];
}

/** Everything but what is known of single videos. */
export interface Overview {
  readonly schema: number;
  readonly title: string;
  readonly program: string;
  readonly runs: readonly PageRun[];
  readonly tasks: readonly PageTask[];
  readonly schemes: readonly PageScheme[];
  readonly videos: readonly PageVideo[];
  readonly scores: readonly VideoScores[];
  readonly wrong: readonly WrongWindow[];
  readonly named: readonly NamedActivities[];
  readonly assessments: readonly PageAssessment[];
  readonly measured: readonly PageMeasured[];
  readonly perturbations: Readonly<Record<string, string>>;
  readonly perturbed: readonly PagePerturbed[];
  readonly tables: readonly PageTable[];
  readonly figures: readonly PageFigure[];
  readonly problems: readonly string[];
  readonly deidentified: boolean;
}

/** The windows of a video as one or several runs asked about them: starts and exclusive ends. */
export interface WindowGrid {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Pictures of the windows of a grid, as some runs' models got them: their frames side by side, one file a window. */
export interface FrameStrips {
  readonly grid: number;
  readonly runs: readonly number[];
  readonly pattern: string;
  readonly counts: readonly number[];
  readonly width: number;
  readonly height: number;
}

/** The answers of a run to one question about the windows of a grid, an entry per window. */
export interface AskedQuestion {
  readonly run: number;
  readonly question: number;
  readonly grid: number;
  readonly states: string;
  readonly texts: readonly number[];
  readonly values: readonly number[];
  readonly truths: readonly number[] | null;
  readonly rights: string | null;
  readonly choices: readonly string[];
  readonly probabilities: readonly (readonly number[] | null)[] | null;
}

/** What is known of one video: timelines, what was asked and answered, pictures, doses. */
export interface VideoData {
  readonly schema: number;
  readonly video: number;
  readonly fps: number | null;
  readonly timelines: readonly PageTimeline[];
  readonly grids: readonly WindowGrid[];
  readonly texts: readonly string[];
  readonly asked: readonly AskedQuestion[];
  readonly strips: readonly FrameStrips[];
  readonly doses: readonly PageVideoDoses[];
}

import { render } from "preact";
import { dataSource } from "./data/source.ts";
import { Review } from "./review/review.tsx";
import { Report } from "./shell/app.tsx";
import "./main.css";

const place = document.getElementById("app");
if (place) {
  const reviews = document.documentElement.dataset.mode === "review";
  render(reviews ? <Review /> : <Report source={dataSource(document)} />, place);
}

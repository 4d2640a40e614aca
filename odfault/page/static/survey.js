// A survey: which section is looked at, its axes, its faults.

import { t, plain } from "/static/words.js";
import * as axes from "/static/axes.js";

const slider = document.getElementById("at");
let facts = null;
export const place = { axis: "inline", at: 0 };

export function open(given) {
  facts = given;
  Object.assign(place, facts.first);
  document.getElementById("browse").hidden = facts.axes.length === 1;
  document.getElementById("network").hidden = facts.axes.length === 1;
  document.getElementById("model").value = "fault2d";
  aim();
}

export function setFacts(given) { facts = given; }

const flat = () => facts.axes.length === 1;
const lines = (axis) => (axis === "inline" ? facts.inlines : facts.crosslines);
const times = () => ({ first: facts.delay_ms, last: facts.delay_ms + (facts.samples - 1) * facts.interval_ms, count: facts.samples });
const count = (axis) => (axis === "slice" ? facts.samples : lines(axis).length);
const span = (values) => ({ first: values[0], last: values[values.length - 1], count: values.length });

/** Take an axis and a position on it, as near as there is one. */
export function go(axis, at) {
  place.axis = axis;
  place.at = Math.min(count(axis) - 1, Math.max(0, at));
  aim();
}

/** Go to the middle of another axis. */
export function turn(axis) { go(axis, Math.floor(count(axis) / 2)); }

/** Set the controls to where we are. */
export function aim() {
  slider.max = String(count(place.axis) - 1);
  slider.value = String(place.at);
  slider.setAttribute("aria-valuetext", title());
  document.getElementById("here").textContent = title();
  for (const radio of document.querySelectorAll('[name="axis"]')) radio.checked = radio.value === place.axis;
}

export function title() {
  if (flat()) return t("here.line");
  const number = place.axis === "slice" ? facts.delay_ms + place.at * facts.interval_ms : lines(place.axis)[place.at];
  return t(`here.${place.axis}`, { number: plain(number) });
}

export function describe() {
  const key = flat() ? "what.line" : "what.volume";
  const [inlines, crosslines] = [facts.inlines.length, facts.crosslines.length];
  return t(key, { inlines, crosslines, samples: facts.samples, traces: Math.max(inlines, crosslines) });
}

/** Write the numbers along the sides. */
export function writeAxes() {
  const across = place.axis === "crossline" ? facts.inlines : facts.crosslines;
  const name = place.axis === "crossline" ? t("axis.inline") : t("axis.crossline");
  axes.write("left", place.axis === "slice" ? span(facts.inlines) : times(), plain, place.axis === "slice" ? t("axis.inline") : t("ms", { number: "" }));
  axes.write("top", span(across), plain, name);
}

/** What lies under a spot of the section, in words. */
export function readout(spot) {
  const across = place.axis === "crossline" ? facts.inlines : facts.crosslines;
  const column = across[Math.floor(spot.x * across.length)];
  const first = flat() ? t("trace", { number: plain(column) }) : t(place.axis === "crossline" ? "readout.inline" : "readout.crossline", { number: plain(column) });
  const row = place.axis === "slice"
    ? t("readout.inline", { number: plain(facts.inlines[Math.floor(spot.y * facts.inlines.length)]) })
    : t("ms", { number: plain(facts.delay_ms + Math.floor(spot.y * facts.samples) * facts.interval_ms) });
  return `${first} · ${row}`;
}

/** Whether the faults of this place are known from a network. */
export function isAnswered(model) {
  return facts.volumes.includes(model) || (model === "fault2d" && facts.answered.includes(`${place.axis}:${place.at}`));
}

/** Whether one section can be asked for alone. */
export function isLine(model) { return model === "fault2d" && place.axis !== "slice"; }
export function query(model) { return `axis=${place.axis}&at=${place.at}&model=${model}`; }

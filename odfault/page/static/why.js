// Why the network says so: a place of the section, and the reports that were made.

import * as words from "/static/words.js";
import * as stage from "/static/stage.js";

const { t } = words;
const $ = (id) => document.getElementById(id);
const STEP = 0.01, LARGE = 0.1;
let at = null; // parts of the width and height
let where = () => ""; // says a spot in words

export const spot = () => (at ? [at.x, at.y] : null);

/** Choose a place, or none. */
export function choose(place) {
  const inside = (part) => Math.min(0.9999, Math.max(0, part));
  at = place ? { x: inside(place.x), y: inside(place.y) } : null;
  $("spot").hidden = !at;
  if (at) [$("spot").style.left, $("spot").style.top] = [`${100 * at.x}%`, `${100 * at.y}%`];
  say();
}

/** Say what the button would explain, by the words that the page has for a spot. */
export function say(told = where) {
  where = told;
  $("explain").textContent = at ? t("why.here", { place: where(at) }) : t("why.strongest");
  $("mark").textContent = t(at ? "why.unmark" : "why.mark");
}

/** List reports, the newest first; each opens in a tab of its own. */
export function list(reports, path) {
  $("reports").replaceChildren(...[...reports].reverse().map((told) => {
    const line = document.createElement("li"), open = document.createElement("a"), save = document.createElement("a");
    open.href = path(`report/${told.number}.html`);
    open.target = "_blank";
    open.rel = "noopener";
    open.textContent = t("why.report", { place: title(told) });
    open.lang = words.current();
    save.href = path(`report/${told.number}.html?save=true`);
    save.textContent = t("why.save");
    save.setAttribute("aria-label", `${t("why.save")}: ${open.textContent}`);
    line.append(open, save);
    return line;
  }));
}

function title(told) {
  const key = told.across === "trace" ? "trace" : `readout.${told.across}`;
  const first = t(key, { number: words.plain(told.trace) });
  return told.pixel ? t("readout.pixel", told.pixel) : `${first} · ${t("ms", { number: words.plain(told.ms) })}`;
}

$("mark").addEventListener("click", () => {
  choose(at ? null : { x: 0.5, y: 0.5 });
  if (at) $("spot").focus();
});
$("spot").addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way || !at) return;
  event.preventDefault();
  const step = event.shiftKey ? LARGE : STEP;
  choose({ x: at.x + way[0] * step, y: at.y + way[1] * step });
});
$("stage").addEventListener("click", (event) => {
  if (!stage.hasFaults() || event.target.closest("#split, #corners")) return;
  choose(stage.spot(event));
});

// What the page says: how far the work is, and why something was refused.

import * as words from "/static/words.js";

const { t } = words;
const $ = (id) => document.getElementById(id);
let tellAgain = () => {}; // says the last message anew, when the language changes
let showNow = () => {};   // says the present step anew
let began = 0, before = "";

/** Say why something was refused, and offer what helps: names of buttons. */
export function refuse(error, buttons) {
  hush();
  say(() => words.refusal(error), buttons);
}

export function note(key, buttons = []) { say(() => t(key).split("|"), buttons); }

function say(what, buttons) {
  tellAgain = () => { [$("problem").textContent, $("mend").textContent] = what(); };
  tellAgain();
  for (const id of ["force", "by-hand", "retry"]) $(id).hidden = !buttons.includes(id);
  $("message").hidden = false;
}

export function unsay() { $("message").hidden = true; }

/** Say no more of progress. */
export function hush() {
  $("progress").hidden = true;
  $("what").hidden = false;
  $("stage").removeAttribute("aria-busy");
}

/** Say which step goes on, and what part of it is done if that is known. */
export function step(name, values = {}, part = null) {
  if (name !== before) [before, began] = [name, performance.now()];
  showNow = () => {
    const gone = (performance.now() - began) / 1000;
    const left = part > 0.02 && gone > 5 ? gone * (1 / part - 1) : 0;
    $("step").textContent = t(`step.${name}`, values) + (left > 3 ? `, ${t("left", { time: words.time(left) })}` : "…");
  };
  showNow();
  if (part === null) $("bar").removeAttribute("value");
  else $("bar").value = part;
  $("what").hidden = true;
  $("progress").hidden = false;
  $("stage").setAttribute("aria-busy", "true");
}

/** Say how far a job is. */
export function told(job) {
  if (job.state === "waiting" && job.loading) step("load");
  else if (job.state === "waiting") { if (job.ahead) step("wait", { ahead: job.ahead }); }
  else step(job.step, {}, job.done ? job.done / job.total : null);
}

words.watch(() => {
  if (!$("message").hidden) tellAgain();
  if (!$("progress").hidden) showNow();
});

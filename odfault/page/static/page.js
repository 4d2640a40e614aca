// The page: a file comes in, its faults are looked for, and looked at.

import * as words from "/static/words.js";
import { ask, picture, save, send, work } from "/static/asking.js";
import * as stage from "/static/stage.js";
import * as axes from "/static/axes.js";
import * as corners from "/static/corners.js";
import * as survey from "/static/survey.js";
import * as why from "/static/why.js";
import { hush, note, refuse, step, told, unsay } from "/static/saying.js";

const { t } = words;
const $ = (id) => document.getElementById(id);
const FILES = ["faults.png", "mask.png", "probability.png", "faults.csv", "section.sgy", "volume.sgy"];

let file = null; // what the program told of the file in work
const running = { look: null, volume: null, report: null }; // stop the work that goes on

// ---- what is done

/** Do something that can be stopped, in place of what goes on; a whole volume goes on beside the looking. */
async function during(what, slot = "look") {
  running[slot]?.abort();
  const mine = (running[slot] = new AbortController());
  unsay();
  try {
    await what(mine.signal);
  } catch (error) {
    if (running[slot] === mine) complain(error);
  }
  if (running[slot] !== mine) return;
  running[slot] = null;
  if (!running.look && !running.volume && !running.report) hush();
  showControls();
}

function complain(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (!(error && typeof error === "object" && ("key" in error || "problem" in error))) throw error;
  const seen = file?.kind === "picture" && Boolean(file.width);
  const other = seen && !error.key && error.step === "find";
  if (file && error.corners) file.looked = error.corners;
  const again = file && (file.width || file.axes || ["queue", "memory", "offline"].includes(error.key)) && error.key !== "gone";
  refuse(error, other ? ["force", "by-hand"] : again ? ["retry"] : []);
  if (!again) welcome();
}

function stop() {
  const some = stage.hasFaults() || running.volume || running.report;
  for (const slot in running) running[slot]?.abort();
  hush();
  if (!file) welcome();
  else if (!some) note("stopped", ["retry"]);
}

function welcome() {
  for (const slot in running) running[slot]?.abort();
  file = null;
  stage.clear();
  corners.close();
  $("work").hidden = true;
  $("drop").hidden = false;
  $("file").value = "";
  document.title = "odfault";
  history.replaceState(null, "", location.pathname);
}

function desk() {
  $("drop").hidden = true;
  $("work").hidden = false;
  why.choose(null);
  for (const id of ["browse", "network", "answer", "why", "panel", "downloads", "remarks"]) $(id).hidden = true;
  axes.write("left", null);
  axes.write("top", null);
  stage.clear();
  corners.close();
}

/** Take a file that was dropped, chosen or pasted. */
function take(given) {
  running.volume?.abort();
  running.report?.abort();
  $("sheet").value = "1";
  return during(async (signal) => {
    file = null;
    desk();
    $("name").textContent = given.name || "";
    $("what").textContent = "";
    step("send", {}, 0);
    const taken = await send(given, (part) => step("send", {}, part), signal);
    await begin(taken, signal);
  });
}

async function begin(taken, signal) {
  file = taken;
  history.replaceState(null, "", `#${file.id}`);
  $("name").textContent = file.name;
  document.title = `${file.name} – odfault`;
  if (file.error) throw file.error;
  if (file.kind === "picture") await answerPicture({}, signal);
  else await openSurvey(signal);
}

/** Show a file again that the address names: after a reload, or handed over by ``odfault open``. */
function resume(id) {
  return during(async (signal) => {
    desk();
    const taken = await ask(`/api/files/${encodeURIComponent(id)}`);
    if (taken.kind === "picture" && taken.corners) {
      file = taken;
      $("name").textContent = file.name;
      await showPicture(signal);
      return showFaults(signal);
    }
    return begin(taken, signal);
  });
}

const path = (name, more = "") => `/api/files/${file.id}/${name}${more}`;
const facts = async () => { file = await ask(`/api/files/${file.id}`); };

// ---- pictures

async function showPicture(signal) {
  stage.setBase(await picture(path("show.png"), signal), { label: t("picture.alt") });
  showControls();
}

async function answerPicture(wish, signal) {
  let shown = Boolean(file.width) && (wish.sheet ?? 0) === file.sheet;
  step(shown ? "find" : "read");
  stage.setFaults(null);
  showControls();
  const show = async (job) => {
    told(job);
    if (!shown && job.step !== "read" && job.step !== "wait") {
      shown = true;
      await facts();
      if (file.width) await showPicture(signal);
    }
  };
  await work(file.id, { what: "picture", ...wish }, show, signal);
  await facts();
  if (!shown) await showPicture(signal);
  await showFaults(signal);
}

async function showFaults(signal) {
  stage.setFaults(await picture(path("faults.png", `?v=${file.version}`), signal));
  showControls();
}

function editCorners() {
  unsay();
  const { width, height } = file;
  const whole = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]].map(([x, y]) => [x * width, y * height]);
  stage.setShown(false);
  corners.open(file.corners ?? file.looked ?? whole, width, height);
  showControls();
}

function leaveCorners() {
  corners.close();
  stage.setShown($("seen").checked);
  showControls();
}

// ---- surveys

async function openSurvey(signal) {
  if (!file.axes) {
    await work(file.id, { what: "look" }, told, signal);
    await facts();
  }
  survey.open(file);
  await showSection(signal);
}

async function showSection(signal) {
  const { axis, at } = survey.place;
  why.choose(null);
  survey.aim();
  const bitmap = await picture(path("show.png", `?axis=${axis}&at=${at}`), signal);
  stage.setBase(bitmap, { stretch: true, label: t("section.alt", { title: survey.title() }) });
  survey.writeAxes();
  stage.fit();
  showControls();
  const model = $("model").value;
  if (!survey.isAnswered(model) && survey.isLine(model) && !running.volume) {
    await work(file.id, { what: "line", axis, at }, told, signal);
    await facts();
    survey.setFacts(file);
  }
  if (survey.isAnswered(model)) stage.setFaults(await picture(path("faults.png", `?${survey.query(model)}`), signal));
  showControls();
}

let rest = 0;
/** Go to a section, once the hand rests. */
function browse() {
  survey.aim();
  clearTimeout(rest);
  rest = setTimeout(() => during(showSection), 120);
}

function answerVolume() {
  return during(async (signal) => {
    const model = $("model").value;
    showControls();
    await work(file.id, { what: "volume", model }, told, signal);
    await facts();
    survey.setFacts(file);
    await during(showSection);
  }, "volume");
}

// ---- why

function explain() {
  return during(async (signal) => {
    showControls();
    const section = file.kind === "survey" ? { axis: survey.place.axis, at: survey.place.at, model: $("model").value } : {};
    await work(file.id, { what: "explain", spot: why.spot(), language: words.current(), ...section }, told, signal);
    await facts();
    if (file.kind === "survey") survey.setFacts(file);
  }, "report");
}

/** A spot in words: pixels of a picture, trace and time of a survey. */
function said(spot) {
  return file.kind === "picture" ? t("readout.pixel", { x: Math.floor(spot.x * file.width), y: Math.floor(spot.y * file.height) }) : survey.readout(spot);
}

// ---- controls

function showControls() {
  if (!file) return;
  const isPicture = file.kind === "picture", ready = stage.hasFaults(), edited = corners.isOpen();
  $("what").textContent = isPicture ? (file.width ? t("what.picture", file) : "") : (file.axes ? survey.describe() : "");
  $("answer").hidden = !ready || edited;
  $("why").hidden = !ready || edited || (!isPicture && survey.place.axis === "slice");
  $("spot").hidden = $("why").hidden || !why.spot();
  $("explain").disabled = Boolean(running.report);
  why.say(said);
  why.list(file.reports ?? [], path);
  $("panel").hidden = !isPicture || !file.width || (!file.corners && !edited && !file.sheets);
  $("edit").hidden = edited;
  $("sheets").hidden = !file.sheets || edited;
  $("again").hidden = $("leave").hidden = !edited;
  $("corners-help").textContent = t(edited ? "corners.drag" : "corners.help");
  const model = $("model").value;
  const volumes = isPicture ? [] : (file.volumes ?? []);
  $("volume").hidden = isPicture || volumes.includes(model);
  $("volume").disabled = Boolean(running.volume);
  $("volume-help").hidden = isPicture || !file.axes || survey.isAnswered(model) || survey.isLine(model);
  const offered = FILES.filter((name) => (name === "volume.sgy" ? volumes.includes(model) : ready && !(name === "section.sgy" && survey.place.axis === "slice")));
  $("files").replaceChildren(...offered.map(offer));
  $("downloads").hidden = !offered.length || edited;
  const remarks = file.remarks ?? [];
  $("remarks").hidden = !remarks.length;
  $("remarks").querySelector("ul").replaceChildren(...remarks.map((remark) => {
    const line = document.createElement("li");
    line.textContent = words.translate(remark);
    return line;
  }));
  $("low").textContent = $("level").textContent = words.number(Number($("threshold").value), 2);
}

function offer(name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.dataset.file = name;
  button.textContent = t(`file.${name}`);
  button.addEventListener("click", async () => {
    const where = `threshold=${$("threshold").value}` + (file.kind === "survey" ? `&${survey.query($("model").value)}` : "");
    button.disabled = true;
    try {
      if (name === "volume.sgy") location.assign(path(`download/${name}`, `?${where}`)); // may be larger than memory
      else await save(path(`download/${name}`, `?${where}`));
    } catch (error) { complain(error); }
    button.disabled = false;
  });
  return button;
}

$("threshold").addEventListener("input", () => { stage.setThreshold(Number($("threshold").value)); showControls(); });
$("seen").addEventListener("change", () => stage.setShown($("seen").checked));
$("cancel").addEventListener("click", stop);
$("dismiss").addEventListener("click", unsay);
$("another").addEventListener("click", () => { unsay(); welcome(); hush(); $("file").focus(); });
$("retry").addEventListener("click", () => resume(file.id));
$("force").addEventListener("click", () => during((signal) => answerPicture({ force: true, sheet: file.sheet }, signal)));
$("by-hand").addEventListener("click", editCorners);
$("edit").addEventListener("click", editCorners);
$("leave").addEventListener("click", leaveCorners);
$("sheet").addEventListener("change", () => during((signal) => answerPicture({ sheet: Math.max(1, Number($("sheet").value) || 1) - 1 }, signal)));
$("again").addEventListener("click", () => {
  const wish = { corners: corners.corners(), force: true, sheet: file.sheet };
  leaveCorners();
  during((signal) => answerPicture(wish, signal));
});
$("at").addEventListener("input", () => { survey.go(survey.place.axis, Number($("at").value)); browse(); });
$("before").addEventListener("click", () => { survey.go(survey.place.axis, survey.place.at - 1); browse(); });
$("after").addEventListener("click", () => { survey.go(survey.place.axis, survey.place.at + 1); browse(); });
for (const radio of document.querySelectorAll('[name="axis"]')) radio.addEventListener("change", () => { survey.turn(radio.value); browse(); });
$("model").addEventListener("change", () => during(showSection));
$("volume").addEventListener("click", answerVolume);
$("explain").addEventListener("click", explain);
$("stage").addEventListener("pointermove", (event) => {
  const spot = file && stage.spot(event);
  if (!spot) return;
  $("readout").textContent = said(spot) + (spot.probability === null ? "" : ` · ${t("probability", { number: words.number(spot.probability, 2) })}`);
});
$("stage").addEventListener("pointerleave", () => { $("readout").textContent = "\u00a0"; });

// ---- files in

$("file").addEventListener("change", () => { if ($("file").files.length) take($("file").files[0]); });
addEventListener("paste", (event) => { if (event.clipboardData?.files.length) take(event.clipboardData.files[0]); });
addEventListener("dragover", (event) => {
  event.preventDefault();
  $("veil").hidden = ![...(event.dataTransfer?.types ?? [])].includes("Files");
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("veil").hidden = true; });
addEventListener("drop", (event) => {
  event.preventDefault();
  $("veil").hidden = true;
  if (event.dataTransfer?.files.length) take(event.dataTransfer.files[0]);
});
addEventListener("hashchange", () => { if (location.hash.length > 1 && location.hash.slice(1) !== file?.id) resume(location.hash.slice(1)); });
addEventListener("resize", () => { if (file?.kind === "survey" && file.axes) survey.writeAxes(); });

// ---- the beginning

async function here() {
  try {
    const said = await ask("/api/here", { files: file?.id ? [file.id] : [] });
    $("version").textContent = `odfault ${said.version}.`;
    stage.setColours(said.colours);
    here.queue = said.queue;
  } catch { here.queue = 0; }
  sayQueue();
}
function sayQueue() {
  $("queue").hidden = !(here.queue > 1);
  $("queue").textContent = t("queue", { number: here.queue ?? 0 });
}

for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => words.choose(button.dataset.language));
words.watch(() => {
  if (file?.axes) { survey.aim(); survey.writeAxes(); }
  sayQueue();
  showControls();
});
await words.begin();
here();
setInterval(here, 5000);
if (location.hash.length > 1) resume(location.hash.slice(1));
document.body.dataset.ready = "yes";

// All words of the page, in the language of the browser or the one chosen.

const tables = {};
let language = "en";
const watchers = [];

async function load(name) {
  if (!tables[name]) {
    const [words, engine] = await Promise.all(
      [`/static/words/${name}.json`, `/static/words/engine.${name}.json`].map((url) => fetch(url).then((r) => r.json())));
    tables[name] = { words, engine: engine.map(([pattern, said]) => [new RegExp(`^${pattern}$`), said]) };
  }
  return tables[name];
}

function remembered() {
  try { return localStorage.getItem("odfault.language"); } catch { return null; }
}

/** Begin with the language that was chosen before, or else the one the server read from the browser's wishes. */
export async function begin(asked = remembered() || document.documentElement.lang) {
  await choose(asked === "ru" ? "ru" : "en", false);
}

export async function choose(name, keep = true) {
  await load(name);
  language = name;
  document.documentElement.lang = name;
  if (keep) { try { localStorage.setItem("odfault.language", name); } catch { /* a private window */ } }
  for (const part of document.querySelectorAll("[data-t]")) part.textContent = t(part.dataset.t);
  for (const part of document.querySelectorAll("[data-t-label]")) part.setAttribute("aria-label", t(part.dataset.tLabel));
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute("aria-pressed", String(button.dataset.language === name));
  for (const watcher of watchers) watcher();
}

export const current = () => language;

/** Call something whenever the language changes. */
export function watch(watcher) { watchers.push(watcher); }

export function t(key, values = {}) {
  const words = tables[language]?.words[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function number(value, digits = 0) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function plain(value) {
  return (Math.round(value * 100) / 100 || 0).toLocaleString(language, { maximumFractionDigits: 2, useGrouping: false });
}

/** Seconds in words. */
export function time(seconds) {
  const unit = seconds < 90 ? "second" : seconds < 5400 ? "minute" : "hour";
  const many = seconds / { second: 1, minute: 60, hour: 3600 }[unit];
  return Math.max(1, Math.round(many)).toLocaleString(language, { style: "unit", unit, unitDisplay: "long" });
}

/** A sentence of the engine, which speaks English, in the page's language as far as the table knows it. */
export function translate(sentence) {
  for (const [pattern, said] of tables[language]?.engine ?? [])
    if (pattern.test(sentence)) return sentence.replace(pattern, said);
  return sentence;
}

/** A refusal as [problem, mend]. */
export function refusal(error) {
  if (error.key) return t(`refusal.${error.key}`, error.values).split("|");
  const end = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);
  const large = (text) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
  const problem = translate(error.problem);
  const named = /^\S+\.\w{1,5}\b/.test(problem); // a file's name stays as it is
  return [end(named ? problem : large(problem)), end(large(translate(error.mend)))];
}

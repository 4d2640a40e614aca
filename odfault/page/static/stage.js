// The section, its faults over it from a threshold on, and the slider between the two.

const base = document.getElementById("base");
const over = document.getElementById("over");
const stage = document.getElementById("stage");
const pan = document.getElementById("pan"), view = pan.parentElement;
const fullButton = document.getElementById("full");
const split = document.getElementById("split");
const FADE = 0.08, DENSE = 0.85, KNOB = 18;

let weak = [255, 235, 0], strong = [255, 0, 90];
let levels = null, size = null, threshold = 0.5, at = 0, shown = true, stretched = false;

export function setColours(colours) {
  [weak, strong] = colours;
  const rgb = (c) => `rgb(${c.join(" ")})`;
  document.getElementById("ramp").style.background = `linear-gradient(90deg, ${rgb(weak)}, ${rgb(strong)})`;
}

/** Show a picture; a section of a survey is stretched to fill the room that there is. */
export function setBase(bitmap, { stretch = false, label = "" } = {}) {
  stretched = stretch;
  size = [bitmap.width, bitmap.height];
  base.width = bitmap.width;
  base.height = bitmap.height;
  base.getContext("2d").drawImage(bitmap, 0, 0);
  base.setAttribute("aria-label", label);
  stage.hidden = false;
  setFaults(null);
  fit();
}

/** Give the stage its size: the picture's shape, or most of the window. */
export function fit() {
  if (!size) return;
  const room = view.clientWidth - document.getElementById("axis-left").offsetWidth - 2;
  const tall = Math.max(260, window.innerHeight * 0.74);
  let [width, height] = stretched ? [room, Math.min(tall, Math.max(280, room * 0.62))] : size;
  if (!stretched) {
    const scale = Math.min(room / width, Math.max(tall, 0.5 * room) / height, Math.max(1, 560 / width));
    [width, height] = [width * scale, height * scale];
  }
  const larger = size[0] > 1.1 * width || size[1] > 1.1 * height;
  fullButton.hidden = !larger;
  const full = larger && fullButton.getAttribute("aria-pressed") === "true";
  view.classList.toggle("full", full);
  pan.classList.toggle("full", full);
  if (full) [width, height] = stretched ? [Math.max(width, size[0]), Math.max(height, size[1])] : size;
  stage.style.width = `${Math.round(width) + 2}px`;
  stage.style.height = `${Math.round(height) + 2}px`;
  place(at);
}

/** Lay probabilities over the picture: a grey bitmap, or nothing. */
export function setFaults(bitmap) {
  levels = null;
  if (bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0);
    const pixels = pen.getImageData(0, 0, bitmap.width, bitmap.height).data;
    levels = new Uint8Array(bitmap.width * bitmap.height);
    for (let n = 0; n < levels.length; n++) levels[n] = pixels[4 * n];
    over.width = bitmap.width;
    over.height = bitmap.height;
  }
  draw();
}

/** Colours of the 256 levels, as the program itself draws them, in the bytes' order of this machine. */
function palette() {
  const colours = new Uint8ClampedArray(1024);
  for (let n = 0; n < 256; n++) {
    const p = n / 255;
    const strength = Math.min(1, Math.max(0, (p - threshold) / Math.max(1 - threshold, 1e-6)));
    for (let c = 0; c < 3; c++) colours[4 * n + c] = weak[c] + (strong[c] - weak[c]) * strength;
    colours[4 * n + 3] = 255 * DENSE * Math.min(1, Math.max(0, (p - threshold) / FADE));
  }
  return new Uint32Array(colours.buffer);
}

function draw() {
  over.hidden = !levels || !shown;
  split.hidden = over.hidden;
  if (over.hidden) return;
  const pen = over.getContext("2d");
  const image = pen.createImageData(over.width, over.height);
  const pixels = new Uint32Array(image.data.buffer), colours = palette();
  for (let n = 0; n < levels.length; n++) pixels[n] = colours[levels[n]];
  pen.putImageData(image, 0, 0);
  place(at);
}

export function setThreshold(value) { threshold = value; draw(); }
export function setShown(value) { shown = value; draw(); }
export function hasFaults() { return levels !== null; }
export function anyAbove() { return levels !== null && levels.some((level) => level > threshold * 255); }

/** Part of the picture, from the left, that is shown without faults. */
function place(value) {
  at = Math.min(1, Math.max(0, value));
  split.style.left = `${100 * at}%`;
  const wide = stage.clientWidth, here = at * wide; // the knob stays inside, its line is where it is
  split.firstElementChild.style.marginLeft = `${Math.min(Math.max(here, KNOB), Math.max(KNOB, wide - KNOB)) - here - KNOB}px`;
  over.style.clipPath = `inset(0 0 0 ${100 * at}%)`;
  split.setAttribute("aria-valuenow", String(Math.round(100 * at)));
}

split.addEventListener("pointerdown", (event) => {
  split.setPointerCapture(event.pointerId);
  split.focus({ preventScroll: true });
  event.preventDefault();
});
split.addEventListener("pointermove", (event) => {
  if (!split.hasPointerCapture(event.pointerId)) return;
  const room = stage.getBoundingClientRect();
  place((event.clientX - room.left) / room.width);
});
split.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 }[event.key];
  if (step === undefined) return;
  place(at + step);
  event.preventDefault();
});

/** Where on the picture an event is: parts of its width and height, and the probability there. */
export function spot(event) {
  const room = base.getBoundingClientRect();
  const x = (event.clientX - room.left) / room.width, y = (event.clientY - room.top) / room.height;
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
  const probability = levels ? levels[Math.floor(y * over.height) * over.width + Math.floor(x * over.width)] / 255 : null;
  return { x, y, probability };
}

export function clear() {
  fullButton.hidden = true;
  stage.hidden = true;
  size = null;
  levels = null;
  base.width = base.height = 1;
  place(0);
  draw();
}

addEventListener("resize", fit);
fullButton.addEventListener("click", () => {
  fullButton.setAttribute("aria-pressed", String(fullButton.getAttribute("aria-pressed") !== "true"));
  fit();
});

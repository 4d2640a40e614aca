// Four corners of the panel, to be moved by mouse, finger or keys.

const room = document.getElementById("corners");
const polygon = room.querySelector("polygon");
const outside = room.querySelector("path");
const drawing = room.querySelector("svg");
const handles = [...room.querySelectorAll(".corner")];
const lens = document.getElementById("lens");
const base = document.getElementById("base");
const ZOOM = 3;

let points = [], size = [1, 1];

/** Begin to edit: corners and size in pixels of the whole picture. */
export function open(corners, width, height) {
  size = [width, height];
  points = corners.map(([x, y]) => [x, y]);
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  room.hidden = false;
  draw();
  handles[0].focus({ preventScroll: true });
}

export function close() { room.hidden = true; lens.hidden = true; }
export function isOpen() { return !room.hidden; }
export function corners() { return points.map(([x, y]) => [Number(x.toFixed(2)), Number(y.toFixed(2))]); }

function draw() {
  const line = points.map((p) => p.join(",")).join(" ");
  polygon.setAttribute("points", line);
  outside.setAttribute("d", `M0,0H${size[0]}V${size[1]}H0ZM${line}Z`);
  handles.forEach((handle, n) => {
    handle.style.left = `${(100 * points[n][0]) / size[0]}%`;
    handle.style.top = `${(100 * points[n][1]) / size[1]}%`;
  });
}

function move(n, x, y) {
  points[n] = [Math.min(size[0], Math.max(0, x)), Math.min(size[1], Math.max(0, y))];
  draw();
}

/** Show what is under the finger, larger, out of its way. */
function look(n) {
  const pen = lens.getContext("2d"), scale = base.width / size[0];
  const [x, y] = points[n], seen = lens.width / ZOOM;
  pen.clearRect(0, 0, lens.width, lens.height);
  pen.drawImage(base, x * scale - seen / 2, y * scale - seen / 2, seen, seen, 0, 0, lens.width, lens.height);
  pen.strokeStyle = "#ff2d6f";
  pen.beginPath();
  for (let m = 0; m < 5; m++) {
    const [u, v] = points[m % 4];
    pen.lineTo(lens.width / 2 + (u - x) * scale * ZOOM, lens.height / 2 + (v - y) * scale * ZOOM);
  }
  pen.stroke();
  const right = x < size[0] / 2;
  lens.style.left = right ? "auto" : "8px";
  lens.style.right = right ? "8px" : "auto";
  lens.style.top = y < size[1] / 2 ? "auto" : "8px";
  lens.style.bottom = y < size[1] / 2 ? "8px" : "auto";
  lens.hidden = false;
}

handles.forEach((handle, n) => {
  let grip = null;
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    const here = room.getBoundingClientRect(), scale = size[0] / here.width;
    grip = [points[n][0] - (event.clientX - here.left) * scale, points[n][1] - (event.clientY - here.top) * scale];
    event.preventDefault();
    handle.focus({ preventScroll: true });
    look(n);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const here = room.getBoundingClientRect(), scale = size[0] / here.width;
    move(n, (event.clientX - here.left) * scale + grip[0], (event.clientY - here.top) * scale + grip[1]);
    look(n);
  });
  for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => { grip = null; lens.hidden = true; });
  handle.addEventListener("blur", () => { lens.hidden = true; });
  handle.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 1;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (!by) return;
    move(n, points[n][0] + by[0], points[n][1] + by[1]);
    look(n);
    event.preventDefault();
  });
});

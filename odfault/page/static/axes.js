// Numbers along the top and the left of a section.

const MARKS = { left: 7, top: 8 };

/** Values with round steps between two ends. */
export function roundValues(first, last, many) {
  const span = Math.abs(last - first);
  if (!span) return [first];
  const rough = span / many, ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((n) => n * ten >= rough) * ten;
  const low = Math.min(first, last), values = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= low + span * (1 + 1e-9); value += step) values.push(value);
  return values;
}

/** Write an axis: values lie evenly from the first to the last, each in the middle of its strip. */
export function write(side, values, say, name = "") {
  const axis = document.getElementById(`axis-${side}`);
  axis.replaceChildren();
  axis.classList.toggle("on", Boolean(values));
  if (!values) return;
  const many = side === "top" ? Math.max(2, Math.min(MARKS.top, Math.floor(axis.clientWidth / 80))) : MARKS.left;
  const where = side === "top" ? "left" : "top";
  for (const value of roundValues(values.first, values.last, many)) {
    const part = ((value - values.first) / (values.last - values.first || 1)) * (values.count - 1) + 0.5;
    const label = document.createElement("span"), mark = document.createElement("i");
    label.textContent = say(value);
    label.style[where] = mark.style[where] = `${(100 * part) / values.count}%`;
    if (side === "top" && part > 0.96 * values.count) label.style.transform = "translateX(-80%)"; // stays inside
    axis.append(label, mark);
  }
  axis.title = name;
}

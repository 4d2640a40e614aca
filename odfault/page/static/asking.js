// What the page asks the program: uploads, jobs, pictures. A refusal is thrown as {problem, mend, key, values}.

const OFFLINE = { key: "offline", problem: "", mend: "", values: {} };
const going = new Set();

export async function ask(path, words) {
  const how = words === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(words) };
  const answer = await get(path, how);
  return answer.json();
}

export async function get(path, how = {}) {
  let answer;
  try {
    answer = await fetch(path, how);
  } catch (error) {
    throw error.name === "AbortError" ? error : OFFLINE;
  }
  if (!answer.ok) throw await answer.json().catch(() => ({ key: "words", values: {} }));
  return answer;
}

/** Send a file; tells how far it is, 0 to 1. */
export function send(file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/files");
    request.setRequestHeader("X-Name", encodeURIComponent(file.name || "picture.png"));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
    request.onload = () => (request.status === 200 ? resolve(request.response) : reject(request.response ?? { key: "words", values: {} }));
    request.onerror = () => reject(OFFLINE);
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** Have something done, and ask how far it is until it is over. */
export async function work(file, words, told, signal) {
  const job = await ask(`/api/files/${file}/jobs`, words);
  going.add(job.id);
  const stop = () => { navigator.sendBeacon("/api/bye", JSON.stringify({ jobs: [job.id] })); };
  signal.addEventListener("abort", stop);
  try {
    for (let state = job; ; state = await ask(`/api/jobs/${job.id}`)) {
      if (signal.aborted) throw new DOMException("stopped", "AbortError");
      await told(state);
      if (state.state === "done") return state.answer;
      if (state.state === "failed") throw state.error;
      if (state.state === "stopped") throw new DOMException("stopped", "AbortError");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } finally {
    going.delete(job.id);
    signal.removeEventListener("abort", stop);
  }
}

/** Fetch a picture. */
export async function picture(path, signal) {
  const answer = await get(path, { signal });
  return createImageBitmap(await answer.blob());
}

/** Save a download; a refusal is thrown instead of saved. */
export async function save(path) {
  const answer = await get(path);
  const named = /filename\*?=(?:utf-8''|")?([^";]+)/i.exec(answer.headers.get("content-disposition") ?? "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = named ? decodeURIComponent(named[1]) : "faults";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

addEventListener("pagehide", () => {
  if (going.size) navigator.sendBeacon("/api/bye", JSON.stringify({ jobs: [...going] }));
});

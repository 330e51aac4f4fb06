// What a page shows comes first: its other scripts are fetched after the first paint. Keys, clicks, choices and forms
// which they would have answered are kept until they are there, and then given to them in order.

const AT_LATEST_MS = 1000;
const KINDS = ["keydown", "click", "input", "change", "submit"];
const BY_ITSELF = "a[href], label, input, select, textarea, summary";
const WRITTEN_IN = "input, textarea, select, [contenteditable]";
const { modules, htmx } = JSON.parse(document.getElementById("scripts").textContent);
const kept = [];

/** Whether the browser needs no script for it. */
function needsNone({ type, target }) {
  if (type === "keydown") return target.closest(WRITTEN_IN) !== null;
  if (type === "submit") return target.hasAttribute("action") || target.method === "dialog";
  if (type !== "click") return false;
  const button = target.closest("button");
  return target.closest(BY_ITSELF) !== null || (button?.type === "submit" && button.form !== null);
}

function keep(event) {
  if (needsNone(event)) return;
  if (event.type === "submit") event.preventDefault();
  event.stopImmediatePropagation(); // a script that is there before the last one would answer now and again later
  kept.push(event);
}

function giveBack(event) {
  const { type, target, submitter } = event;
  if (!target.isConnected) return;
  if (type === "submit") target.requestSubmit(submitter);
  else target.dispatchEvent(new event.constructor(type, event));
}

/** Once something is to be seen; a page in the background is painted later, and does not wait for it. */
const painted = new Promise((resolve) => {
  setTimeout(resolve, document.visibilityState === "hidden" ? 0 : AT_LATEST_MS);
  new PerformanceObserver((list, observer) => {
    if (list.getEntriesByName("first-contentful-paint").length === 0) return;
    observer.disconnect();
    resolve();
  }).observe({ type: "paint", buffered: true });
});

/** htmx looks at a page that is complete, where there is something for it, and after the listeners to its events. */
async function loadHtmx() {
  if (!document.querySelector("[hx-get], [hx-post]")) return;
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
  await new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("script"), { src: htmx, onload: resolve, onerror: reject }));
  });
}

for (const kind of KINDS) document.addEventListener(kind, keep, { capture: true });
try {
  await painted;
  await Promise.all(modules.map((src) => import(src)));
  await loadHtmx();
} finally {
  for (const kind of KINDS) document.removeEventListener(kind, keep, { capture: true });
}
kept.forEach(giveBack);

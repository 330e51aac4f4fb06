// The inbox: uploads, live progress, choosing calls, and keys.

import { ask, attempt, notice, Problem, t, typing } from "./page.js";
import { Uploads } from "./upload.js";

const RELOAD_MS = 1500;
const FIRST_ROWS = 25;
const TEN_THOUSAND = 10_000; // amounts are typed in these
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const rows = () => [...document.querySelectorAll("#queue tr[data-call]")];
const rowOf = (callId) => rows().find((row) => row.dataset.call === callId);
const box = document.querySelector("#uploads");
const uploads = box ? new Uploads(box) : null;

// --- what comes in ---

if (uploads) {
  const input = document.querySelector("#files");
  input.addEventListener("change", () => {
    uploads.add([...input.files]);
    input.value = "";
  });
  box.querySelector("[data-close-uploads]").addEventListener("click", () => (box.hidden = true));
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    document.body.classList.add("is-dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    if (depth <= 0) document.body.classList.remove("is-dropping");
  });
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    document.body.classList.remove("is-dropping");
    uploads.add([...event.dataTransfer.files]);
  });
}

// --- what happens ---

const events = new EventSource("/v1/events");
let reload = null;
for (const kind of ["queued", "started", "progress", "stage_done", "done", "failed", "quarantined"]) {
  events.addEventListener(kind, (message) => {
    const event = JSON.parse(message.data);
    uploads?.happened(event);
    const tag = rowOf(event.call_id)?.querySelector("[data-progress]");
    if (tag && kind === "started") tag.textContent = t(`inbox.js_stage_${event.stage}`);
    if (tag && kind === "progress") tag.textContent = `${t(`inbox.js_stage_${event.stage}`)} ${event.done}/${event.total}`;
    if (["queued", "done", "failed", "quarantined"].includes(kind)) reloadSoon();
  });
}
addEventListener("pagehide", () => events.close());

/** The queue and its counts, once for many events, and not while somebody chooses calls in it. */
function reloadSoon() {
  reload ??= setTimeout(() => {
    reload = null;
    htmx.trigger(document.body, "recount");
    if (picked().length === 0 && rows().length <= FIRST_ROWS) refresh();
  }, RELOAD_MS);
}

const refresh = () => htmx.ajax("GET", location.pathname + location.search, { target: "#queue", swap: "innerHTML" });

// Rows picked while a refresh was under way stay picked.
let kept = [];

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "queue") kept = picked();
});

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "queue") return;
  for (const input of document.querySelectorAll("#queue .pick input")) input.checked ||= kept.includes(input.value);
  kept = [];
  const clear = document.querySelector("#clear");
  clear.hidden = ![...new URLSearchParams(location.search)].some(([name, value]) => name !== "view" && value);
  showPicked();
});

// --- who takes what ---

const picked = () => [...document.querySelectorAll("#queue .pick input:checked")].map((input) => input.value);

function showPicked() {
  const bar = document.querySelector("#assign");
  if (!bar) return;
  const count = picked().length;
  bar.hidden = count === 0;
  bar.querySelector("[data-count]").textContent = count;
}

showPicked(); // what was picked before this script came

document.addEventListener("change", (event) => {
  if (event.target.id === "select-all") {
    for (const input of document.querySelectorAll("#queue .pick input")) input.checked = event.target.checked;
  }
  if (event.target.closest(".pick")) showPicked();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("#next")) takeNext();
  if (event.target.closest("[data-assign]")) assign();
});

// Choosing a person is no filter: the form around must not hear of it, or it fetches the queue anew and the picks go.
document.querySelector("#assign")?.addEventListener("change", (event) => event.stopPropagation());

async function assign() {
  const to = document.querySelector("#assign select").value;
  if (!to) return;
  const calls = picked();
  if (await attempt(() => ask("POST", "/v1/assignments", { call_ids: calls, to: to === "-" ? null : to }))) {
    notice(t("inbox.js_assigned", { count: calls.length }));
    for (const input of document.querySelectorAll("#select-all, #queue .pick input")) input.checked = false;
    refresh();
  }
}

const ago = (milliseconds) => new Date(Date.now() - milliseconds).toISOString();

async function takeNext() {
  const filters = document.querySelector("#filters");
  const view = document.querySelector("#next").dataset.view;
  const body = {};
  if (["escalate", "review", "callback"].includes(view)) body.disposition = view;
  if (["open", "risk", "service", "document"].includes(view)) body.work_state = view;
  if (filters.agent.value.trim()) body.agent = filters.agent.value.trim();
  if (filters.dealer.value.trim()) body.dealer = filters.dealer.value.trim();
  if (filters.risk.value) body.risk_band = filters.risk.value;
  for (const name of ["amount_from", "amount_to"]) if (filters[name].value) body[name] = Number(filters[name].value) * TEN_THOUSAND;
  const { newest, oldest } = filters.age.selectedOptions[0].dataset;
  if (newest) body.from = ago(newest * DAY_MS);
  if (oldest) body.to = ago(oldest * DAY_MS);
  const { over, within } = filters.waits.selectedOptions[0].dataset;
  if (within) body.received_from = ago(within * HOUR_MS);
  if (Number(over)) body.received_to = ago(over * HOUR_MS);
  if (filters.claimed_by.value === "assigned") body.assigned_to_me = true;
  try {
    const call = await ask("POST", "/v1/claims/next", body);
    location.assign(`/calls/${encodeURIComponent(call.call_id)}`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    notice(error.code === "nothing_waits" ? t("inbox.js_nothing_waits") : error.message, error.code === "nothing_waits" ? "done" : "error");
  }
}

// --- keys ---

let current = -1;

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  all[current]?.classList.remove("is-current");
  current = Math.min(Math.max(current + by, 0), all.length - 1);
  all[current].classList.add("is-current");
  all[current].querySelector("a").focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("#next") && takeNext(),
  x: () => rows()[current]?.querySelector(".pick input")?.click(),
  "/": () => document.querySelector("#filters [name=agent]").focus(),
  "?": () => document.querySelector("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const action = KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
});

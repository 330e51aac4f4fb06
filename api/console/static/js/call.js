// The call page: player, transcript and findings held together, keys, and what people decide.

import { ask, attempt, notice, t, typing } from "./page.js";
import { Player } from "./player.js";
import { Transcript } from "./transcript.js";
import { closeDialogs, decide, openDialog, path } from "./decisions.js";

const STEP_SECONDS = 5;
const data = JSON.parse(document.querySelector("#call-data").textContent);
const transcript = data.turns.length > 0 ? new Transcript(document.querySelector("#turns"), data) : null;
const player = data.audio ? new Player(document.querySelector(".player"), data) : null;
const may = (permission) => data.may.includes(permission);

const rows = () => [...document.querySelectorAll("#rows .row")];
const flags = () => rows().filter((row) => row.dataset.flag);
const chosen = () => document.querySelector("#rows .row[aria-current]");

function marksOf() {
  return rows()
    .filter((row) => row.dataset.flag)
    .flatMap((row) => {
      const tone = ["bad", "warn", "note"].find((one) => row.classList.contains(one));
      return [...row.querySelectorAll("[data-play]")].map((place) => ({
        start: Number(place.dataset.play),
        end: Number(place.dataset.end),
        turn: transcript?.at(Number(place.dataset.play) + 0.01)?.id,
        tone,
        row: row.dataset.row,
      }));
    });
}

function showMarks() {
  const marks = marksOf();
  player?.mark(marks);
  transcript?.mark(marks);
}

function choose(row, listen = true) {
  for (const one of rows()) one.removeAttribute("aria-current");
  if (!row) return;
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  row.focus({ preventScroll: true });
  const places = [...row.querySelectorAll("[data-play]")].map((place) => Number(place.dataset.play));
  transcript?.choose(places.map((start) => transcript.at(start + 0.01)?.id));
  if (listen && places.length > 0) player?.seek(places[0] - 2);
}

function step(by) {
  const all = flags();
  if (all.length === 0) return;
  const at = all.indexOf(chosen());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
}

function decideChosen(decision) {
  if (!may("reviews.write")) return;
  const row = chosen();
  if (!row?.dataset.flag) notice(t("call.js_no_flag"));
  else decide(data, row, decision, decided);
}

function decided(review) {
  notice(review?.state === "pending" ? t("call.js_pending") : t("call.js_saved"));
  refresh();
}

/** What people decide changes head, findings and side; sound and transcript stay as they are. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const current = chosen()?.dataset.row;
  for (const id of ["call-head", "findings", "side"]) {
    const [before, after] = [document.getElementById(id), page.getElementById(id)];
    if (before && after) before.replaceWith(document.adoptNode(after));
  }
  showMarks();
  const row = rows().find((one) => one.dataset.row === current);
  if (row) choose(row, false);
}

async function act(body) {
  await ask("POST", path(data, "/actions"), body);
  notice(t("call.js_saved"));
  refresh();
}

function openAction(dialog) {
  openDialog(dialog, async (form) => {
    const note = form.note.value.trim();
    await act({ kind: form.dataset.action, target: form.target.value, ...(note ? { note } : {}) });
  });
}

function openSwap() {
  if (!may("transcripts.write") || !transcript) return;
  openDialog(document.querySelector("#swap"), async () => {
    await ask("POST", path(data, "/swap-speakers"), {});
    await analysedAgain();
  });
}

function openCorrection({ turn, word, text }) {
  if (!may("transcripts.write")) return;
  const prepare = (form) => {
    form.querySelector("[data-was]").textContent = text;
    form.text.value = text;
  };
  const send = async (form) => {
    await ask("POST", path(data, "/corrections"), { turn, word, text: form.text.value });
    await analysedAgain();
  };
  openDialog(document.querySelector("#correct"), send, prepare);
}

async function analysedAgain() {
  notice(t("call.js_again"));
  watch();
}

const TOLD_MS = 300;

/** Follow the call's events until it is finished, then show the page anew. The stream begins with the call's whole story:
    an end that is followed by another beginning is none. */
function watch() {
  const bar = document.querySelector("#progress");
  const line = document.querySelector("#progress-text");
  const events = new EventSource(`/v1/events?call_id=${encodeURIComponent(data.call_id)}`);
  let over = 0;
  events.addEventListener("progress", (event) => {
    clearTimeout(over);
    const { stage, done, total } = JSON.parse(event.data);
    if (!bar || !total) return;
    bar.max = total;
    bar.value = done;
    line.textContent = t("call.js_progress", { stage: t(`call.js_stage_${stage}`), done, total });
  });
  for (const kind of ["queued", "started"]) events.addEventListener(kind, () => clearTimeout(over));
  for (const kind of ["done", "failed", "quarantined"]) {
    events.addEventListener(kind, () => {
      clearTimeout(over);
      over = setTimeout(() => {
        events.close();
        showAnew();
      }, TOLD_MS);
    });
  }
}

/** Nobody who is writing in a dialog or listening is disturbed: the page waits until he is through. */
function showAnew() {
  const dialog = document.querySelector("dialog[open]");
  const sound = document.querySelector("#sound");
  if (dialog) {
    dialog.addEventListener("close", showAnew, { once: true });
    return;
  }
  if (sound && !sound.paused) {
    document.querySelector("#progress-text")?.replaceChildren(t("call.js_ready"));
    sound.addEventListener("pause", showAnew, { once: true });
    return;
  }
  sessionStorage.setItem(`at:${data.call_id}`, String(player?.time ?? 0));
  location.reload();
}

const KEYS = {
  " ": () => player?.toggle(),
  j: () => step(1),
  k: () => step(-1),
  c: () => decideChosen("confirm"),
  o: () => decideChosen("override"),
  s: openSwap,
  Enter: () => playRow(chosen()),
  ArrowLeft: () => player?.seek(player.time - STEP_SECONDS),
  ArrowRight: () => player?.seek(player.time + STEP_SECONDS),
  "<": () => player?.faster(-1),
  ">": () => player?.faster(1),
  ",": () => player?.faster(-1),
  ".": () => player?.faster(1),
  "/": () => document.querySelector("#find").focus(),
  "?": () => document.querySelector("#keys").showModal(),
};

function playRow(row) {
  const place = row?.querySelector("[data-play]");
  if (place) player?.playPlace(Number(place.dataset.play), Number(place.dataset.end));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const pressed = event.target.closest?.("button, a, summary");
  if (pressed && (event.key === " " || event.key === "Enter")) return;
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", async (event) => {
  const at = (selector) => event.target.closest(selector);
  const place = at("[data-play]");
  if (place) {
    choose(place.closest(".row"), false);
    player?.playPlace(Number(place.dataset.play), Number(place.dataset.end));
  } else if (at("[data-decide]")) {
    choose(at(".row"), false);
    decideChosen(at("[data-decide]").dataset.decide);
  } else if (at("[data-second]")) {
    const { second, agree } = at("[data-second]").dataset;
    if (await attempt(() => ask("POST", `/v1/reviews/${second}/second`, { agree: agree === "true" }))) refresh();
  } else if (at("[data-claim]")) {
    if (await attempt(() => ask(at("[data-claim]").dataset.claim, path(data, "/claim")))) refresh();
  } else if (at("[data-reopen]")) {
    await attempt(() => act({ kind: "reopen" }));
  } else if (at("[data-replay]")) {
    if (await attempt(() => ask("POST", path(data, "/replay")))) location.reload();
  } else if (at("[data-copy]")) {
    await navigator.clipboard?.writeText(at("[data-copy]").dataset.copy);
    notice(t("call.js_copied"));
  } else if (at("[data-close]")) {
    closeDialogs();
  } else if (at("[data-open]")) {
    const dialog = document.getElementById(at("[data-open]").dataset.open);
    if (dialog.id === "swap") openSwap();
    else if (dialog.id === "keys") dialog.showModal();
    else openAction(dialog);
  } else if (at(".row")) {
    choose(at(".row"));
  }
});

transcript?.addEventListener("seek", (event) => player?.seek(event.detail));
transcript?.addEventListener("correct", (event) => openCorrection(event.detail));
player?.addEventListener("time", (event) => transcript?.show(event.detail));
player?.addEventListener("row", (event) => choose(rows().find((row) => row.dataset.row === event.detail), false));

if (player) {
  player.draw(document.querySelector(".call").dataset.nonce);
  const wanted = new URLSearchParams(location.search).get("t") ?? sessionStorage.getItem(`at:${data.call_id}`);
  sessionStorage.removeItem(`at:${data.call_id}`);
  if (wanted !== null && Number.isFinite(Number(wanted))) player.seek(Number(wanted));
}
showMarks();
if (["queued", "running"].includes(data.status)) watch();

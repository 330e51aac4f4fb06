// Searching: snippets to hear one at a time, and searches to keep.

import "./forms.js";
import { ask, attempt, notice, t } from "./page.js";

const LEAD = 0.3;
const audio = document.getElementById("snippet");
let until = Infinity;
let lit = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play]");
  if (!button) return;
  const stops = lit === button;
  stop();
  if (stops) return;
  const stored = `/v1/calls/${encodeURIComponent(button.dataset.play)}/audio`;
  const start = Math.max(0, Number(button.dataset.start) - LEAD);
  until = Number(button.dataset.end) + LEAD;
  lit = button;
  button.setAttribute("aria-pressed", "true");
  if (audio.dataset.call !== button.dataset.play) {
    audio.dataset.call = button.dataset.play;
    audio.replaceChildren(...[stored, `${stored}?format=wav`].map((src) => Object.assign(document.createElement("source"), { src })));
    audio.addEventListener("loadedmetadata", () => play(start), { once: true });
    audio.load();
  } else {
    play(start);
  }
});

function play(start) {
  audio.currentTime = start;
  audio.play().catch((error) => {
    if (error.name !== "AbortError") notice(t("shell.js_failed"), "error");
  });
}

function stop() {
  audio.pause();
  lit?.removeAttribute("aria-pressed");
  lit = null;
}

audio.addEventListener("timeupdate", () => {
  if (audio.currentTime >= until) stop();
});
audio.addEventListener("ended", stop);

document.getElementById("save-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = { name: form.elements.name.value, search: JSON.parse(form.dataset.search) };
  if (await attempt(() => ask("POST", "/v1/saved-searches", body))) {
    form.closest("dialog").close();
    notice(t("search.js_saved"));
    location.reload();
  }
});

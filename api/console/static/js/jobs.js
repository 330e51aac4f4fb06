// The quarantine: every call of the page once more.

import "./forms.js";
import { ask, notice, Problem, t } from "./page.js";

document.getElementById("replay-all")?.addEventListener("click", async (event) => {
  event.target.disabled = true;
  let done = 0;
  for (const button of document.querySelectorAll("[data-replay]")) {
    try {
      await ask("POST", `/v1/calls/${encodeURIComponent(button.dataset.replay)}/replay`);
      done += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      notice(`${button.dataset.replay}: ${error.message}`, "error");
    }
  }
  notice(t("jobs.js_replayed", { done }));
  setTimeout(() => location.reload(), 800);
});

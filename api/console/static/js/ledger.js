// Checking every row of the ledger.

import { ask, attempt, t } from "./page.js";

document.getElementById("verify").addEventListener("click", async (event) => {
  const button = event.target;
  const verdict = document.getElementById("verdict");
  button.disabled = true;
  await attempt(async () => {
    const found = await ask("GET", "/v1/ledger/verify");
    verdict.className = found.whole ? "note" : "alarm";
    verdict.textContent = found.whole
      ? t("ledger.js_whole", { rows: found.rows })
      : t("ledger.js_broken", { row: found.broken_at, fault: found.fault });
    verdict.hidden = false;
  });
  button.disabled = false;
});

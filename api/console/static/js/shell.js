// Every page: language, light or dark, signing out, open menus, and what htmx needs.

import { ask, attempt, csrf, keep, notice, said } from "./page.js";

document.addEventListener("click", async (event) => {
  const language = event.target.closest("[data-language]");
  if (language) {
    keep("callproof_language", language.dataset.language);
    location.reload();
    return;
  }
  if (event.target.closest("[data-switch-theme]")) switchTheme();
  if (event.target.closest("[data-sign-out]") && (await attempt(() => ask("DELETE", "/v1/session")))) {
    location.assign("/login");
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  keep("callproof_theme", root.dataset.theme);
  document.dispatchEvent(new CustomEvent("theme"));
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = csrf();
  else for (const [name, value] of [...event.detail.formData]) if (value === "") event.detail.formData.delete(name);
});

document.addEventListener("htmx:responseError", (event) => {
  const request = event.detail.xhr;
  let body = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    body = null;
  }
  notice(said(request.status, body), "error");
});

document.addEventListener("htmx:sendError", () => notice(said(0, null), "error"));

// On a narrow screen the present page or tab may lie outside what is seen of its row.
for (const here of document.querySelectorAll(".pages [aria-current], .tabs [aria-current]")) {
  const row = here.parentElement;
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

/** What scrolls sideways can be reached by keys. */
function reachable() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

reachable();
addEventListener("resize", reachable);
document.addEventListener("htmx:afterSettle", reachable);

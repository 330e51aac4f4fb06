// Forms and buttons that change something through the API, without a script of their own.
//   <form data-api="POST /v1/users" data-then="reload">   fields become a JSON body; `a.b` becomes {"a": {"b": …}}
//   <button data-api="DELETE /v1/keys/ID" data-confirm="…">   one request
//   <form data-call-api="PUT /v1/calls/{}/legal-hold" data-api="">   the call is the one named in its [data-call] field
//   <button data-open="#dialog">, <button data-close>   dialogs
// A field's data-type says what its text becomes: number, list, json, flag, day; empty fields are left out, or null
// with data-empty="null". Checkboxes of one name with data-type="each" become a list.

import { ask, notice, Problem, t } from "./page.js";

document.addEventListener("click", async (event) => {
  const open = event.target.closest("[data-open]");
  if (open) document.querySelector(open.dataset.open).showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  const print = event.target.closest("[data-print]");
  if (print) window.print();
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(document.querySelector(copy.dataset.copy).textContent);
    notice(t("shell.js_copied"));
  }
  const button = event.target.closest("button[data-api]");
  if (!button || (button.dataset.confirm && !window.confirm(button.dataset.confirm))) return;
  button.disabled = true;
  await send(button, button.dataset.body === undefined ? undefined : JSON.parse(button.dataset.body));
  button.disabled = false;
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  if (form.dataset.callApi) {
    const call = form.querySelector("[data-call]").value.trim();
    form.dataset.api = form.dataset.callApi.replace("{}", encodeURIComponent(call));
  }
  const submit = form.querySelector("[type=submit]");
  if (submit) submit.disabled = true;
  let body;
  try {
    body = bodyOf(form);
  } catch {
    fault(form, t("shell.js_not_json"));
  }
  if (body !== undefined) await send(form, body);
  if (submit) submit.disabled = false;
});

async function send(element, body) {
  const [method, path] = element.dataset.api.split(" ");
  const before = element.querySelector?.("[role=alert]");
  if (before) before.hidden = true;
  try {
    const answer = await ask(method, path, body);
    await after(element, answer);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fault(element, error.message);
  }
}

function fault(element, message) {
  const place = element.querySelector?.("[role=alert]");
  if (place) {
    place.textContent = message;
    place.hidden = false;
  } else {
    notice(message, "error");
  }
}

async function after(element, answer) {
  const then = element.dataset.then ?? "reload";
  if (then === "reload") {
    location.reload();
  } else if (then === "secret") {
    element.closest("dialog")?.close();
    document.querySelector("#secret-value").textContent = answer.secret;
    document.querySelector("#secret").showModal();
  } else if (then.startsWith("/")) {
    location.assign(then);
  } else {
    notice(then);
  }
}

function bodyOf(form) {
  const body = {};
  const lists = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    const kind = field.dataset.type ?? "text";
    if (kind === "each") {
      lists[field.name] ??= [];
      if (field.checked) lists[field.name].push(field.value);
      continue;
    }
    const value = valueOf(field, kind);
    if (value === undefined) continue;
    let place = body;
    const path = field.name.split(".");
    for (const part of path.slice(0, -1)) place = place[part] ??= {};
    place[path.at(-1)] = value;
  }
  return { ...body, ...lists };
}

function valueOf(field, kind) {
  if (kind === "flag") return field.checked;
  const text = field.value.trim();
  if (text === "") return field.dataset.empty === "null" ? null : undefined;
  if (kind === "number") return Number(text);
  if (kind === "bool") return text === "true";
  if (kind === "list") return text.split(/[\s,，、]+/).filter(Boolean);
  if (kind === "json") return JSON.parse(text);
  if (kind === "day") return `${text}T23:59:59${field.dataset.offset}`;
  return field.value;
}

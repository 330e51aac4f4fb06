// What a person decides about a call: findings confirmed or overridden, the call handed over or settled, words corrected.

import { ask, Problem } from "./page.js";

/** A dialog's form; `send(form)` is tried when it is submitted, and the dialog stays open with the error where it fails. */
export function openDialog(dialog, send, prepare = () => {}) {
  const form = dialog.querySelector("form");
  const error = form.querySelector("[data-error]");
  form.reset();
  if (error) error.hidden = true;
  prepare(form);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button.primary");
    button.disabled = true;
    try {
      await send(form);
      dialog.close();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      error.textContent = problem.message;
      error.hidden = false;
    } finally {
      button.disabled = false;
    }
  };
  dialog.showModal();
  form.querySelector("[data-first]")?.focus();
}

export const closeDialogs = () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
};

/** The dialog that confirms or overrides one finding. */
export function decide(data, row, decision, done) {
  const [subject, name] = row.dataset.row.split(":");
  const dialog = document.querySelector("#decide");
  const choices = data.choices[name] ?? {};
  const chooses = Object.keys(choices).length > 0;
  const prepare = (form) => {
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== decision;
    form.querySelector("[data-subject]").textContent = row.querySelector(".label strong").textContent;
    form.querySelector("[data-critical]").hidden = row.dataset.severity !== "critical";
    form.querySelector("[data-value]").hidden = decision !== "override" || subject !== "field" || chooses;
    form.querySelector("[data-choices]").hidden = decision !== "override" || !chooses;
    form.choice.replaceChildren(new Option("", ""), ...Object.entries(choices).map(([value, label]) => new Option(label, value)));
    form.reason.toggleAttribute("data-first", decision === "override");
    form.querySelector("button.primary").toggleAttribute("data-first", decision === "confirm");
    form.reason.value = decision === "confirm" ? "heard_as_reported" : "misheard";
  };
  const send = async (form) => {
    const body = { [subject]: name, decision, reason: form.reason.value };
    if (form.note.value.trim()) body.note = form.note.value.trim();
    const value = chooses ? form.choice.value : form.value.value.trim();
    if (decision === "override" && subject === "field" && value) body.value = typed(value);
    done(await ask("POST", path(data, "/reviews"), body));
  };
  openDialog(dialog, send, prepare);
}

/** Numbers and yes or no as such: `9500`, `true`. */
const typed = (text) => (/^(true|false|\d{1,12}(\.\d+)?)$/.test(text) ? JSON.parse(text.replace(/^0+(?=\d)/, "")) : text);

export const path = (data, rest) => `/v1/calls/${encodeURIComponent(data.call_id)}${rest}`;

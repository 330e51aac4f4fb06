// What a person decides about a call: findings confirmed or overridden, the call handed over or settled, words corrected.

import { ask, Problem, t } from "./page.js";

const NUMBERS = ["money", "months", "years"];
const TEN_THOUSAND = 10_000;

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
  const kind = data.kinds[name];
  const chooses = Object.keys(choices).length > 0;
  const prepare = (form) => {
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== decision;
    form.querySelector("[data-subject]").textContent = row.querySelector(".label strong").textContent;
    form.querySelector("[data-critical]").hidden = row.dataset.severity !== "critical";
    form.querySelector("[data-value]").hidden = decision !== "override" || subject !== "field" || chooses;
    form.querySelector("[data-choices]").hidden = decision !== "override" || !chooses;
    form.querySelector("[data-unit]").textContent = NUMBERS.includes(kind) ? `(${t(`call.js_unit_${kind}`)})` : "";
    form.value.inputMode = NUMBERS.includes(kind) ? "decimal" : "text";
    form.choice.replaceChildren(new Option("", ""), ...Object.entries(choices).map(([value, label]) => new Option(label, value)));
    form.reason.toggleAttribute("data-first", decision === "override");
    form.querySelector("button.primary").toggleAttribute("data-first", decision === "confirm");
    form.reason.value = decision === "confirm" ? "heard_as_reported" : "misheard";
  };
  const send = async (form) => {
    const body = { [subject]: name, decision, reason: form.reason.value };
    if (form.note.value.trim()) body.note = form.note.value.trim();
    const value = chooses ? form.choice.value : form.value.value.trim();
    if (decision === "override" && subject === "field" && value) body.value = typed(kind, value);
    done(await ask("POST", path(data, "/reviews"), body));
  };
  openDialog(dialog, send, prepare);
}

/** A value as the field has it: numbers and yes or no as such, `1.2万` and `9,500元` as numbers too. */
function typed(kind, text) {
  if (kind === "yes_no") return text === "true";
  if (!NUMBERS.includes(kind)) return text;
  const found = /^(\d{1,12}(?:\.\d+)?)(万?)$/.exec(text.replace(/[,，\s¥]|[元月期年]$/g, ""));
  if (!found) throw new Problem(0, "bad_value", t("call.js_no_number"));
  return found[2] ? Math.round(Number(found[1]) * TEN_THOUSAND) : Number(found[1]);
}

export const path = (data, rest) => `/v1/calls/${encodeURIComponent(data.call_id)}${rest}`;

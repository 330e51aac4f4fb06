// What every script of the console uses: texts, notices, and requests to the API with the session's token.

const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");

/** The text `NAME.js_KEY`, filled with `values`. */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A short message at the corner; errors stay until they are closed. */
export function notice(message, kind = "done") {
  const box = document.createElement("div");
  box.className = `notice ${kind}`;
  box.append(message);
  if (kind === "error") {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "quiet icon";
    close.setAttribute("aria-label", t("shell.js_close"));
    close.textContent = "×";
    close.addEventListener("click", () => box.remove());
    box.append(close);
  } else {
    setTimeout(() => box.remove(), 4000);
  }
  document.getElementById("notices").append(box);
}

/** An answer of the API that is no success: `status`, `code`, and a message for a person. */
export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** What a problem document says, in the page's language. */
export function said(status, body) {
  if (status === 401 && body?.code !== "bad_login") return t("shell.js_signed_out");
  const chinese = document.documentElement.lang.startsWith("zh");
  return (chinese && body?.title) || body?.detail || t("shell.js_failed");
}

/** Ask the API; the decoded answer, null where it has none. Throws `Problem`. */
export async function ask(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, "offline", t("shell.js_offline"));
  }
  const value = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(answer.status, value?.code, said(answer.status, value));
  return value;
}

/** Do something and, where it fails, say so. True where it worked. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    notice(error.message, "error");
    return false;
  }
}

/** Keep a choice of the person in this browser for a year. */
export function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

/** Whether keys are being typed into something. */
export const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;

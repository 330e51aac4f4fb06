// Recordings dropped or chosen: each is sent with the application of its name, and followed until its call is finished.

import { ask, csrf, Problem, said, t } from "./page.js";

const AT_ONCE = 3;
const IN_PIECES_FROM = 32 << 20;
const PIECE = 8 << 20;
const MAY_WORK_LATER = [0, 401, 408, 429]; // and what the server did wrong; what is wrong with the file itself stays so
const APPLICATION = /(\.application)?\.json$/i;
const stem = (name) => name.replace(APPLICATION, "").replace(/\.[^.]+$/, "");

export class Uploads {
  constructor(box) {
    this.box = box;
    this.list = box.querySelector("ul");
    this.waiting = [];
    this.sending = 0;
    this.byCall = new Map();
    this.items = [];
  }

  /** Pair recordings with applications by name, and send them. */
  add(files) {
    const applications = new Map();
    const recordings = [];
    for (const file of files) {
      if (APPLICATION.test(file.name)) applications.set(stem(file.name), file);
      else recordings.push(file);
    }
    for (const file of recordings) {
      const application = applications.get(stem(file.name)) ?? applications.get(file.name);
      if (application) applications.delete(stem(application.name));
      this.enqueue(new Item(file, application));
    }
    for (const file of applications.values()) {
      const item = new Item(file, null);
      this.show(item);
      item.fail(t("inbox.js_no_recording"));
    }
    this.box.hidden = false;
    this.next();
  }

  show(item) {
    this.items.push(item);
    this.list.append(item.node);
    this.box.hidden = false;
  }

  enqueue(item) {
    this.show(item);
    item.say(t("inbox.js_waiting"));
    this.waiting.push(item);
  }

  next() {
    while (this.sending < AT_ONCE && this.waiting.length > 0) this.send(this.waiting.shift());
    const finished = this.items.filter((item) => item.settled).length;
    this.box.querySelector("[data-summary]").textContent = `${finished}/${this.items.length}`;
  }

  async send(item) {
    this.sending += 1;
    try {
      const answer = await item.send();
      this.byCall.set(answer.call_id, item);
      item.stored(answer);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const again = () => {
        item.again();
        this.waiting.push(item);
        this.next();
      };
      const later = error.code !== "not_json" && (MAY_WORK_LATER.includes(error.status) || error.status >= 500);
      item.fail(error.message, later ? again : null);
    } finally {
      this.sending -= 1;
      this.next();
    }
  }

  /** An event of a call, where it is one of those sent here. */
  happened(event) {
    this.byCall.get(event.call_id)?.happened(event);
    this.next();
  }
}

class Item {
  constructor(file, application) {
    this.file = file;
    this.application = application;
    this.settled = false;
    this.node = document.createElement("li");
    this.name = document.createElement("span");
    this.name.className = "name";
    this.name.textContent = file.name;
    this.name.title = file.name;
    if (application) this.name.title += ` (${t("inbox.js_with_application")})`;
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.end = document.createElement("span");
    this.end.className = "said";
    this.node.append(this.name, this.bar, this.end);
  }

  say(text) {
    this.end.textContent = text;
  }

  again() {
    this.node.className = "";
    this.settled = false;
    this.bar.value = 0;
    this.say(t("inbox.js_waiting"));
  }

  fail(text, retry) {
    this.settled = true;
    this.node.className = "is-bad";
    this.say(text);
    if (retry) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = t("inbox.js_retry");
      button.addEventListener("click", retry, { once: true });
      this.end.append(" ", button);
    }
  }

  stored({ call_id: callId, status }) {
    this.bar.removeAttribute("value");
    this.callId = callId;
    this.say(t("inbox.js_queued"));
    if (status === "done") this.done(t("inbox.js_known"));
  }

  happened({ kind, stage, done, total }) {
    if (kind === "progress" && total) {
      this.bar.max = total;
      this.bar.value = done;
      this.say(`${t(`inbox.js_stage_${stage}`)} ${done}/${total}`);
    } else if (kind === "started") {
      this.bar.removeAttribute("value");
      this.say(t(`inbox.js_stage_${stage}`));
    } else if (kind === "done") this.done(t("inbox.js_done"));
    else if (kind === "failed" || kind === "quarantined") {
      this.fail(t("inbox.js_failed"));
      this.link();
    }
  }

  done(text) {
    this.settled = true;
    this.node.className = "is-done";
    this.bar.max = 1;
    this.bar.value = 1;
    this.say(`${text} `);
    this.link();
  }

  link() {
    const link = document.createElement("a");
    link.href = `/calls/${encodeURIComponent(this.callId)}`;
    link.textContent = t("inbox.js_open");
    this.end.append(" ", link);
  }

  async send() {
    const application = this.application ? await this.readApplication() : null;
    if (this.file.size > IN_PIECES_FROM) return this.sendInPieces(application);
    const body = new FormData();
    body.append("recording", this.file, this.file.name);
    if (application) body.append("application", JSON.stringify(application));
    return this.request("POST", "/v1/calls", body, (loaded) => this.progress(loaded / this.file.size));
  }

  async readApplication() {
    try {
      return JSON.parse(await this.application.text());
    } catch {
      throw new Problem(0, "not_json", t("inbox.js_bad_application"));
    }
  }

  async sendInPieces(application) {
    const { upload_id: id } = await ask("POST", "/v1/uploads", { size: this.file.size });
    for (let offset = 0; offset < this.file.size; offset += PIECE) {
      const piece = this.file.slice(offset, offset + PIECE);
      await this.request("PATCH", `/v1/uploads/${id}`, piece, (loaded) => this.progress((offset + loaded) / this.file.size), {
        "Upload-Offset": offset,
        "Content-Type": "application/octet-stream",
      });
    }
    return ask("POST", `/v1/uploads/${id}/complete`, application ? { application } : {});
  }

  progress(part) {
    this.bar.value = Math.min(1, part);
    this.say(t("inbox.js_sending", { percent: Math.floor(Math.min(1, part) * 100) }));
  }

  /** By XMLHttpRequest, for `fetch` does not tell how much has been sent. */
  request(method, path, body, sent, headers = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, path);
      request.setRequestHeader("X-CSRF-Token", csrf());
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => sent(event.loaded));
      request.addEventListener("load", () => {
        let value = null;
        try {
          value = JSON.parse(request.responseText);
        } catch {
          value = null;
        }
        if (request.status >= 200 && request.status < 300) resolve(value);
        else reject(new Problem(request.status, value?.code, said(request.status, value)));
      });
      request.addEventListener("error", () => reject(new Problem(0, "offline", t("shell.js_offline"))));
      request.send(body);
    });
  }
}

// The transcript: follows the sound, seeks where it is clicked, lights the word that is said, finds words.

import { t } from "./page.js";

const REST_AFTER_SCROLL_MS = 4000;
const TURNS_AT_ONCE = 150;

export class Transcript extends EventTarget {
  constructor(list, data) {
    super();
    this.list = list;
    this.turns = data.turns;
    this.byId = new Map(this.turns.map((turn) => [String(turn.id), turn]));
    this.now = null;
    this.word = null;
    this.scrolledAt = 0;
    this.hits = [];
    this.hit = -1;
    list.addEventListener("wheel", () => (this.scrolledAt = Date.now()), { passive: true });
    list.addEventListener("touchmove", () => (this.scrolledAt = Date.now()), { passive: true });
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("dblclick", (event) => this.clickedTwice(event));
    this.seen = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.splitWords(this.byId.get(entry.target.dataset.turn));
    }, { root: list, rootMargin: "400px" });
    this.later = document.querySelector("#later-turns")?.content;
    this.adopt([...list.querySelectorAll(".turn")]);
    this.bringSoon();
    this.findSoon(document.querySelector("#find"), document.querySelector("#find-count"));
  }

  get follows() {
    return document.querySelector("#follow").checked && Date.now() - this.scrolledAt > REST_AFTER_SCROLL_MS;
  }

  adopt(nodes) {
    for (const node of nodes) {
      const turn = this.byId.get(node.dataset.turn);
      turn.node = node;
      if (turn.mark) node.dataset.mark = turn.mark;
      this.seen.observe(node);
    }
  }

  /** Later turns are put in while nobody waits, and all at once where somebody does: see `nodeOf`. */
  bringSoon() {
    if (!this.later?.firstElementChild) return;
    const idle = globalThis.requestIdleCallback ?? setTimeout;
    idle(() => {
      this.bring(TURNS_AT_ONCE);
      this.bringSoon();
    });
  }

  bring(count) {
    const nodes = [...(this.later?.children ?? [])].slice(0, count);
    this.list.append(...nodes);
    this.adopt(nodes);
  }

  nodeOf(turn) {
    if (!turn.node) this.bring(Infinity);
    return turn.node;
  }

  /** Words become elements when their turn comes into sight: an hour of talk has tens of thousands. */
  splitWords(turn) {
    if (!turn || turn.spans || turn.words.length === 0) return;
    const box = this.nodeOf(turn).querySelector(".text");
    const text = box.textContent;
    const parts = [];
    let position = 0;
    turn.spans = [];
    for (let number = 0; number * 4 < turn.words.length; number += 1) {
      const [at, length, start, end] = turn.words.slice(number * 4, number * 4 + 4);
      if (at < 0) continue;
      if (at > position) parts.push(text.slice(position, at));
      const span = document.createElement("span");
      span.className = turn.doubtful.includes(number) ? "word doubtful" : "word";
      span.textContent = text.slice(at, at + length);
      span.dataset.word = number;
      turn.spans.push({ span, start: start / 100, end: end / 100, number });
      parts.push(span);
      position = at + length;
    }
    parts.push(text.slice(position));
    box.replaceChildren(...parts);
    if (this.needle) this.paintHits();
  }

  at(seconds) {
    let found = null;
    for (const turn of this.turns) {
      if (turn.start > seconds) break;
      if (seconds < turn.end || found === null || turn.end > found.end) found = turn;
    }
    return found;
  }

  show(seconds) {
    const turn = this.at(seconds);
    if (turn !== this.now) {
      this.now?.node.classList.remove("is-now");
      if (turn) this.nodeOf(turn).classList.add("is-now");
      this.now = turn;
      if (turn && this.follows) this.scrollTo(turn);
    }
    this.splitWords(turn);
    const word = turn?.spans?.findLast((one) => one.start <= seconds && seconds < one.end + 0.3)?.span ?? null;
    if (word !== this.word) {
      this.word?.classList.remove("is-now");
      word?.classList.add("is-now");
      this.word = word;
    }
  }

  scrollTo(turn) {
    const list = this.list;
    if (list.scrollHeight <= list.clientHeight) return;
    const top = this.nodeOf(turn).offsetTop - list.clientHeight / 3;
    list.scrollTo({ top, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  /** Turns that prove something get its colour; those of the chosen row are lit. */
  mark(marks) {
    for (const turn of this.turns) turn.mark = "";
    for (const { turn, tone } of [...marks].reverse()) {
      if (this.byId.has(String(turn))) this.byId.get(String(turn)).mark = tone;
    }
    for (const turn of this.turns) {
      if (turn.node) turn.node.dataset.mark = turn.mark;
    }
  }

  choose(turns) {
    for (const node of this.list.querySelectorAll(".is-chosen")) node.classList.remove("is-chosen");
    const chosen = turns.map((id) => this.byId.get(String(id))).filter(Boolean);
    for (const turn of chosen) this.nodeOf(turn).classList.add("is-chosen");
    if (chosen.length > 0) this.scrollTo(chosen[0]);
  }

  clicked(event) {
    const turn = this.byId.get(event.target.closest(".turn")?.dataset.turn);
    if (!turn || String(getSelection())) return;
    const number = event.target.closest(".word")?.dataset.word;
    const seconds = number === undefined ? turn.start : turn.words[number * 4 + 2] / 100;
    this.dispatchEvent(new CustomEvent("seek", { detail: seconds }));
  }

  clickedTwice(event) {
    const span = event.target.closest(".word");
    const turn = this.byId.get(event.target.closest(".turn")?.dataset.turn);
    if (!span || !turn) return;
    getSelection().removeAllRanges();
    this.dispatchEvent(
      new CustomEvent("correct", { detail: { turn: turn.id, word: Number(span.dataset.word), text: span.textContent } }),
    );
  }

  findSoon(input, count) {
    const find = () => {
      this.needle = input.value.trim();
      this.hits = this.needle ? this.turns.filter((turn) => this.nodeOf(turn).querySelector(".text").textContent.includes(this.needle)) : [];
      this.hit = -1;
      this.paintHits();
      this.nextHit(1, count);
    };
    input.addEventListener("input", find);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.nextHit(event.shiftKey ? -1 : 1, count);
      if (event.key === "Escape") {
        input.value = "";
        find();
        input.blur();
      }
    });
  }

  nextHit(step, count) {
    this.turns[this.foundAt]?.node.classList.remove("is-found");
    this.foundAt = undefined;
    count.textContent = this.needle && this.hits.length === 0 ? t("call.js_no_hits") : "";
    if (this.hits.length === 0) return;
    this.hit = (this.hit + step + this.hits.length) % this.hits.length;
    const turn = this.hits[this.hit];
    this.foundAt = this.turns.indexOf(turn);
    turn.node.classList.add("is-found");
    this.scrolledAt = Date.now();
    this.scrollTo(turn);
    count.textContent = t("call.js_hits", { at: this.hit + 1, count: this.hits.length });
  }

  paintHits() {
    if (!("highlights" in CSS)) return;
    CSS.highlights.delete("found");
    if (this.hits.length > 0) CSS.highlights.set("found", new Highlight(...this.hits.flatMap((turn) => this.rangesIn(turn))));
  }

  rangesIn(turn) {
    const box = turn.node.querySelector(".text");
    const nodes = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    const places = [];
    let length = 0;
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      places.push({ node, from: length, to: length + node.length });
      length += node.length;
    }
    const text = box.textContent;
    const ranges = [];
    for (let at = text.indexOf(this.needle); at >= 0; at = text.indexOf(this.needle, at + this.needle.length)) {
      const end = at + this.needle.length;
      const first = places.find((place) => at < place.to);
      const last = places.find((place) => end <= place.to);
      const range = document.createRange();
      range.setStart(first.node, at - first.from);
      range.setEnd(last.node, end - last.from);
      ranges.push(range);
    }
    return ranges;
  }
}

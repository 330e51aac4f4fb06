// The sound and its picture: one lane a speaker, silences and flagged places, and where the sound stands.

import WaveSurfer from "../vendor/wavesurfer.js";
import Regions from "../vendor/wavesurfer-regions.js";
import { notice, t } from "./page.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];
const LANE_HEIGHT = 40;
const BEFORE_SECONDS = 2;
const AFTER_SECONDS = 1;
const UNKNOWN_LEVEL = 0.25;
const LATE_MS = 300;
const LANES = ["agent", "customer", "third"];

export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

export class Player extends EventTarget {
  constructor(root, data) {
    super();
    this.root = root;
    this.data = data;
    this.audio = root.querySelector("#sound");
    this.slider = root.querySelector("#wave");
    this.stopAt = null;
    this.marks = [];
    this.audio.addEventListener("timeupdate", () => this.moved());
    this.audio.addEventListener("seeking", () => this.moved());
    this.audio.addEventListener("play", () => this.animate());
    for (const name of ["play", "pause", "ended"]) {
      this.audio.addEventListener(name, () => this.root.classList.toggle("is-on", !this.audio.paused));
    }
    for (const one of [this.audio, this.audio.querySelector("source:last-of-type")]) {
      one.addEventListener("error", () => notice(t("call.js_no_sound"), "error"));
    }
    root.querySelector("#play").addEventListener("click", () => this.toggle());
    root.querySelector("#speed").addEventListener("click", () => this.faster(1, true));
    root.querySelector("#zoom").addEventListener("input", (event) => this.zoom(Number(event.target.value)));
  }

  get time() {
    return this.audio.currentTime;
  }

  toggle() {
    this.stopAt = null;
    if (this.audio.paused) this.audio.play().catch(() => {});
    else this.audio.pause();
  }

  seek(seconds) {
    this.stopAt = null;
    this.audio.currentTime = Math.min(Math.max(0, seconds), this.data.duration ?? Infinity);
    this.moved();
  }

  /** From two seconds before a place until it is over. */
  playPlace(start, end) {
    this.seek(start - BEFORE_SECONDS);
    this.stopAt = end + AFTER_SECONDS;
    this.audio.play().catch(() => {});
  }

  faster(steps, around = false) {
    const at = SPEEDS.indexOf(this.audio.playbackRate) + steps;
    this.audio.playbackRate = SPEEDS[around ? at % SPEEDS.length : Math.min(Math.max(at, 0), SPEEDS.length - 1)];
    this.root.querySelector("#speed").textContent = `${this.audio.playbackRate}×`;
  }

  moved() {
    const now = this.audio.currentTime;
    if (this.stopAt !== null && now >= this.stopAt) {
      this.stopAt = null;
      this.audio.pause();
    }
    this.root.querySelector("#now").textContent = clock(now);
    this.slider.setAttribute("aria-valuenow", now.toFixed(1));
    this.slider.setAttribute("aria-valuetext", clock(now));
    this.dispatchEvent(new CustomEvent("time", { detail: now }));
  }

  /** While it plays the place is followed on every frame: `timeupdate` comes four times a second only. */
  animate() {
    const step = () => {
      if (this.audio.paused) return;
      this.moved();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** The sound's own peaks; where they are late, lanes from who speaks when stand in for them. */
  async draw(nonce) {
    this.nonce = nonce;
    const late = setTimeout(() => this.build(null), LATE_MS);
    document.addEventListener("theme", () => this.recolour());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    const outline = await this.outline();
    clearTimeout(late);
    if (outline || !this.wave) this.build(outline);
  }

  build(outline) {
    const duration = this.data.duration || outline?.duration || 1;
    const { names, peaks } = lanesOf(outline, this.data.turns, duration);
    this.wave?.destroy();
    this.lanes = names;
    this.drawLanes();
    this.regions = Regions.create();
    this.wave = WaveSurfer.create({
      container: this.slider,
      media: this.audio,
      peaks,
      duration,
      cspNonce: this.nonce,
      normalize: false,
      autoScroll: true,
      cursorWidth: 1,
      barWidth: 2,
      barGap: 1,
      height: LANE_HEIGHT,
      cursorColor: this.colour("--bad"),
      splitChannels: this.channels(),
      plugins: [this.regions],
    });
    this.wave.on("interaction", () => (this.stopAt = null));
    this.wave.on("ready", () => this.paint()); // places asked for before it is laid out can get lost
  }

  channels() {
    return this.lanes.map((name) => ({ height: LANE_HEIGHT, ...this.colours(name) }));
  }

  async outline() {
    try {
      const answer = await fetch(`/v1/calls/${encodeURIComponent(this.data.call_id)}/waveform`);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  drawLanes() {
    const box = this.root.querySelector(".lanes");
    for (const label of [...box.children]) label.hidden = !this.lanes.includes(label.className);
  }

  /** Places to show: silences grey, flags in the colour of their weight. */
  mark(marks) {
    this.marks = marks;
    this.paint();
  }

  paint() {
    if (!this.regions) return;
    this.regions.clearRegions();
    const all = [
      ...this.data.silences.map(([start, end]) => ({ start, end, tone: "silence" })),
      ...this.marks,
    ];
    for (const { start, end, tone, row } of all) {
      const region = this.regions.addRegion({ start, end, drag: false, resize: false, color: this.tint(tone) });
      if (row) region.on("click", () => this.dispatchEvent(new CustomEvent("row", { detail: row })));
    }
  }

  zoom(level) {
    const fit = this.slider.clientWidth / (this.data.duration || 1);
    this.wave?.zoom(level === 0 ? 0 : fit * Math.pow(1.06, level));
  }

  recolour() {
    if (!this.wave) return;
    this.wave.setOptions({ cursorColor: this.colour("--bad"), splitChannels: this.channels() });
    this.paint();
  }

  /** A colour of the style sheet as it is now, or so much of it over nothing: canvases know no variables. */
  colour(name, percent = 100) {
    this.probe ??= this.root.appendChild(Object.assign(document.createElement("i"), { hidden: true }));
    this.probe.style.color = `color-mix(in srgb, var(${name}) ${percent}%, transparent)`;
    return getComputedStyle(this.probe).color;
  }

  colours(name) {
    return { waveColor: this.colour(`--${name}`, 53), progressColor: this.colour(`--${name}`) };
  }

  tint(tone) {
    const names = { bad: "--bad", warn: "--warn", note: "--note", silence: "--text-2" };
    return this.colour(names[tone] ?? "--note", tone === "silence" ? 11 : 23);
  }
}

/** Peaks of each speaker: those of the channel that he speaks on, and only while he speaks. */
export function lanesOf(outline, turns, duration) {
  const lane = (speaker) => (speaker === "agent" || speaker === "customer" ? speaker : "third");
  const names = LANES.filter((name) => name !== "third" || turns.some((turn) => lane(turn.speaker) === "third"));
  const rate = outline?.points_per_second ?? 10;
  const channels = outline?.channels ?? [];
  const count = Math.max(1, Math.ceil(duration * rate));
  const peaks = names.map(() => new Float32Array(count));
  const loudest = Math.max(1, ...channels.map((channel) => channel.reduce((most, value) => Math.max(most, value), 0)));
  names.forEach((name, place) => {
    const own = turns.filter((turn) => lane(turn.speaker) === name);
    const channel = channels.length > 1 ? loudestOver(channels, own, rate) : channels[0];
    for (const turn of own) {
      const end = Math.min(count, Math.ceil(turn.end * rate));
      for (let index = Math.floor(turn.start * rate); index < end; index += 1) {
        peaks[place][index] = channel ? (channel[index] ?? 0) / loudest : UNKNOWN_LEVEL;
      }
    }
  });
  return { names, peaks };
}

function loudestOver(channels, turns, rate) {
  const sums = channels.map((channel) => {
    let sum = 0;
    for (const turn of turns) {
      for (let index = Math.floor(turn.start * rate); index < turn.end * rate; index += 1) sum += channel[index] ?? 0;
    }
    return sum;
  });
  return channels[sums.indexOf(Math.max(...sums))];
}

/**
 * The timeline: engraved ticks, one lane a component, a brass playhead. Each mark is a revision. Drag or arrows travel in time.
 *
 * `mount(element, feed, clock)`; travelling asks the feed for the scene of a past revision, letting go at the end goes live.
 */
import { colours, onThemeChange } from "../lib/tokens.js";
import { clockText } from "../lib/clock.js";
import { partOf } from "../lib/parts.js";

const LANES = ["user", "cm", "sched", "kubelet"];
const SPAN = 20;
const KEPT = 6000;
const HEAD = 0.37;

export function mount(element, feed, clock) {
  return new Timeline(element, feed, clock);
}

class Timeline {
  constructor(element, feed, clock) {
    Object.assign(this, { element, feed, clock });
    this.marks = [];
    this.past = null;
    this.canvas = element.querySelector("canvas");
    this.ctx = this.canvas.getContext("2d");
    this.said = element.querySelector("[data-revisions]");
    this.c = colours();
    onThemeChange(() => ((this.c = colours()), (this.dirty = true)));
    feed.addEventListener("causes", (event) => this.take(event.detail));
    feed.addEventListener("clock", (event) => {
      this.dirty = true;
      if (this.said) this.said.textContent = `1 → ${event.detail.revision.toLocaleString("en")}`;
    });
    new ResizeObserver(() => this.resize()).observe(element);
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.resize();
    this.frame = this.frame.bind(this);
    requestAnimationFrame(this.frame);
  }

  take(causes) {
    for (const cause of causes) this.marks.push({ time: cause.time, revision: cause.revision, hue: partOf(cause.part).hue });
    if (this.marks.length > KEPT) this.marks.splice(0, this.marks.length - KEPT);
    this.dirty = true;
  }

  get small() {
    return this.height < 50;
  }

  resize() {
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = this.width * this.ratio;
    this.canvas.height = this.height * this.ratio;
    this.x0 = this.small ? 12 : 100;
    this.dirty = true;
  }

  /** The moment at the left edge: live, the playhead stands still and time moves beneath it. */
  get origin() {
    return (this.dragFrom ?? this.clock.now()) - SPAN * HEAD;
  }

  x(time) {
    return this.x0 + ((this.width - 24 - this.x0) * (time - this.origin)) / SPAN;
  }

  timeAt(x) {
    return this.origin + ((x - this.x0) / (this.width - 24 - this.x0)) * SPAN;
  }

  frame() {
    requestAnimationFrame(this.frame);
    if (document.hidden || !this.clock.known) return;
    if (!this.dirty && (this.clock.paused || this.dragFrom)) return;
    this.dirty = false;
    this.paint();
  }

  paint() {
    const { ctx, c, width, height } = this;
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const head = this.x(this.past?.time ?? this.clock.now());
    const right = width - 24;
    this.ticks(head, right);
    if (!this.small) {
      ctx.globalAlpha = 0.55;
      ctx.fillStyle = c["time-soft"];
      ctx.fillRect(this.x0, 27, Math.max(0, head - this.x0), 28);
      ctx.globalAlpha = 1;
      ctx.fillStyle = c.hair;
      LANES.forEach((_, k) => ctx.fillRect(this.x0, 31 + k * 6.6 - 0.5, right - this.x0, 1));
    }
    for (const mark of this.marks) {
      const x = this.x(mark.time);
      if (x < this.x0 || x > right) continue;
      const lane = Math.max(0, LANES.indexOf(mark.hue === "api" ? "user" : mark.hue === "proxy" ? "kubelet" : mark.hue));
      const y = this.small ? 24 : 31 + lane * 6.6;
      ctx.fillStyle = c[mark.hue];
      ctx.globalAlpha = this.past && mark.revision > this.past.revision ? 0.3 : 1;
      ctx.fillRect(x - 1, y - (this.small ? 7 : 3), 2, this.small ? 14 : 6);
    }
    ctx.globalAlpha = 1;
    this.needle(head);
  }

  ticks(head, right) {
    const { ctx, c } = this;
    const first = Math.ceil(this.origin * 5) / 5;
    ctx.font = `11px ${c.mono}`;
    ctx.textAlign = "center";
    const every = [2, 5, 10].find((seconds) => (this.x(seconds) - this.x(0)) > 84) ?? 10;
    for (let t = first; this.x(t) <= right; t += 0.2) {
      const step = Math.round(t * 5);
      const x = this.x(step / 5);
      const whole = step % 5 === 0;
      if (this.small && !whole) continue;
      ctx.fillStyle = whole ? c.edge : c.line;
      ctx.fillRect(x - 0.5, 0, 1, step % 25 === 0 ? (this.small ? 8 : 9) : whole ? (this.small ? 4 : 6) : 3);
      if (this.small || !whole || (step / 5) % every || Math.abs(x - head) < 44 || x < this.x0 + 40) continue;
      ctx.fillStyle = c.ink3;
      ctx.fillText(clockText(step / 5)[0], x, 20);
    }
  }

  needle(x) {
    const { ctx, c, height } = this;
    ctx.fillStyle = ctx.strokeStyle = c.time;
    ctx.fillRect(x - 0.75, 0, 1.5, height);
    ctx.beginPath();
    ctx.moveTo(x - 6, 0);
    ctx.lineTo(x + 6, 0);
    ctx.lineTo(x + 6, 5);
    ctx.lineTo(x, 11);
    ctx.lineTo(x - 6, 5);
    ctx.closePath();
    ctx.fill();
    if (this.small || this.width < 1000) return;
    const words = this.past ? "Read-only. End goes back to now" : "Drag to travel in time  ·  ← → one revision";
    ctx.font = `11px ${c.sans}`;
    ctx.textAlign = "left";
    ctx.fillStyle = c.surface;
    ctx.fillRect(x + 6, 36, ctx.measureText(words).width + 10, 16);
    ctx.fillStyle = c.ink3;
    ctx.fillText(words, x + 10, 47);
  }

  // -- travelling

  drag(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.dragFrom = this.dragFrom ?? this.clock.now();
    const move = (at) => this.travel(this.timeAt(at.clientX - this.canvas.getBoundingClientRect().left));
    move(event);
    this.canvas.onpointermove = move;
    this.canvas.onpointerup = () => (this.canvas.onpointermove = this.canvas.onpointerup = null);
  }

  travel(time) {
    if (time >= (this.dragFrom ?? this.clock.now()) - 0.05) return this.live();
    const mark = this.marks.findLast((m) => m.time <= time);
    if (mark) this.goTo(mark, time);
  }

  goTo(mark, time = mark.time) {
    this.past = { time, revision: mark.revision };
    this.dirty = true;
    this.element.dispatchEvent(new CustomEvent("travel", { bubbles: true, detail: this.past }));
    this.canvas.setAttribute("aria-valuetext", `revision ${mark.revision}, ${clockText(mark.time)[0]}`);
  }

  live() {
    if (!this.past && !this.dragFrom) return;
    this.past = null;
    this.dragFrom = undefined;
    this.dirty = true;
    this.canvas.setAttribute("aria-valuetext", "now");
    this.element.dispatchEvent(new CustomEvent("travel", { bubbles: true, detail: null }));
  }

  key(event) {
    const at = this.past ? this.marks.findIndex((mark) => mark.revision === this.past.revision) : this.marks.length;
    const bySecond = (seconds) => this.marks.findLastIndex((mark) => mark.time <= (this.past?.time ?? this.clock.now()) + seconds);
    const step = event.shiftKey ? { ArrowLeft: bySecond(-1), ArrowRight: bySecond(1) } : { ArrowLeft: at - 1, ArrowRight: at + 1 };
    const to = { ...step, Home: 0, End: this.marks.length }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= this.marks.length) return this.live();
    this.dragFrom = this.dragFrom ?? this.clock.now();
    if (this.marks[Math.max(0, to)]) this.goTo(this.marks[Math.max(0, to)]);
  }
}

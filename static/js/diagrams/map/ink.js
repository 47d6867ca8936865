/** Pen strokes that the map's painters share: text that ellipsises, rounded boxes, bars, pills, reticles. */
const widths = new Map();

export class Ink {
  constructor(ctx, colours) {
    this.ctx = ctx;
    this.c = colours;
    this.fonts = {
      text: `12px ${colours.sans}`, bold: `600 12px ${colours.sans}`, head: `600 13px ${colours.sans}`, small: `11px ${colours.sans}`,
      cap: `600 11px ${colours.sans}`, mono: `11px ${colours.mono}`,
    };
  }

  width(text, font) {
    const key = font + text;
    let found = widths.get(key);
    if (found === undefined) {
      this.ctx.font = this.fonts[font];
      found = this.ctx.measureText(text).width;
      if (widths.size > 8000) widths.clear();
      widths.set(key, found);
    }
    return found;
  }

  /** Text on a baseline; cut with "…" where it is longer than `most`. */
  text(text, x, y, font = "text", colour = "ink", align = "left", most = 0) {
    const { ctx } = this;
    let shown = String(text);
    if (most && this.width(shown, font) > most) shown = this.cut(shown, font, most);
    ctx.font = this.fonts[font];
    ctx.fillStyle = this.c[colour];
    ctx.textAlign = align;
    if (font === "cap") ctx.letterSpacing = "0.77px";
    ctx.fillText(shown, x, y);
    if (font === "cap") ctx.letterSpacing = "0px";
  }

  cut(text, font, most) {
    const key = `${font}…${most}${text}`;
    let found = widths.get(key);
    if (found === undefined) {
      let low = 0;
      let high = text.length;
      while (low < high) {
        const mid = (low + high + 1) >> 1;
        if (this.width(`${text.slice(0, mid)}…`, font) <= most) low = mid;
        else high = mid - 1;
      }
      found = low ? `${text.slice(0, low).trimEnd()}…` : "";
      widths.set(key, found);
    }
    return found;
  }

  box(x, y, w, h, r, fill, line, lineWidth = 1, dash = null) {
    const { ctx } = this;
    ctx.beginPath();
    ctx.roundRect(x, y, w, h, r);
    if (fill) {
      ctx.fillStyle = this.c[fill];
      ctx.fill();
    }
    if (!line) return;
    ctx.strokeStyle = this.c[line];
    ctx.lineWidth = lineWidth;
    if (dash) ctx.setLineDash(dash);
    ctx.stroke();
    if (dash) ctx.setLineDash([]);
  }

  line(points, colour, width = 1, dash = null) {
    const { ctx } = this;
    ctx.beginPath();
    points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.strokeStyle = this.c[colour];
    ctx.lineWidth = width;
    if (dash) ctx.setLineDash(dash);
    ctx.stroke();
    if (dash) ctx.setLineDash([]);
  }

  bar(x, y, w, share, colour, h = 5) {
    this.box(x, y, w, h, h / 2, "sunken", null);
    if (share > 0) this.box(x, y, Math.max(h, w * Math.min(1, share)), h, h / 2, colour, null);
  }

  /** Requested dark, used lighter inside the same track. */
  capacity(x, y, w, requested, used) {
    this.bar(x, y, w, requested, "ink3", 5);
    if (used === undefined) return;
    this.box(x, y + 1.5, Math.max(2, w * Math.min(1, used)), 2, 1, "line", null);
  }

  /** A label in the sender's hue; `side` says where its anchor is. */
  pill(text, x, y, hue, side = "left") {
    const w = this.width(text, "mono") + 14;
    const x0 = side === "left" ? x : side === "right" ? x - w : x - w / 2;
    this.ctx.globalAlpha *= 1;
    this.box(x0, y - 9, w, 18, 4, "surface", null);
    const alpha = this.ctx.globalAlpha;
    this.ctx.globalAlpha = alpha * 0.55;
    this.box(x0, y - 9, w, 18, 4, null, hue);
    this.ctx.globalAlpha = alpha;
    this.text(text, x0 + 7, y + 4, "mono", hue);
  }

  /** Four corner ticks around a box, `out` px away from it. */
  reticle({ x, y, w, h }, out = 5, arm = 11, colour = "accent", width = 2) {
    const { ctx } = this;
    const [l, t, r, b] = [x - out, y - out, x + w + out, y + h + out];
    const k = Math.min(arm, (r - l) / 3, (b - t) / 3);
    ctx.beginPath();
    for (const [cx, cy, dx, dy] of [[l, t, 1, 1], [r, t, -1, 1], [r, b, -1, -1], [l, b, 1, -1]]) {
      ctx.moveTo(cx, cy + dy * k);
      ctx.lineTo(cx, cy);
      ctx.lineTo(cx + dx * k, cy);
    }
    ctx.strokeStyle = this.c[colour];
    ctx.lineWidth = width;
    ctx.lineCap = "square";
    ctx.stroke();
    ctx.lineCap = "butt";
  }
}

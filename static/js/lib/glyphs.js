/** Component glyphs (16 px grid) and state signs (14 px grid), drawn from one table on canvases and in pages. */
import table from "./glyphs.json";

const paths = new Map();

function compiled(list) {
  if (!paths.has(list)) paths.set(list, list.map((part) => ({ ...part, path: new Path2D(part.d) })));
  return paths.get(list);
}

function draw(ctx, list, x, y, scale, colour, ground) {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(scale, scale);
  ctx.lineCap = ctx.lineJoin = "round";
  for (const part of compiled(list)) {
    ctx.strokeStyle = part.knock ? ground : colour;
    ctx.fillStyle = colour;
    ctx.lineWidth = part.width ?? 1.5;
    ctx.setLineDash(part.dash ?? []);
    if (part.fill) ctx.fill(part.path);
    if (part.line !== 0) ctx.stroke(part.path);
  }
  ctx.restore();
}

export function drawGlyph(ctx, name, x, y, size, colour) {
  draw(ctx, table.glyphs[name], x, y, size / 16, colour);
}

/** A sign in its tone; `c` are the colours of the theme. */
export function drawSign(ctx, name, x, y, size, c, tone = "") {
  const sign = table.signs[name] ?? table.signs.unknown;
  draw(ctx, sign.draw, x, y, size / 14, c[tone || sign.tone], c.surface);
}

export function toneOf(sign) {
  return (table.signs[sign] ?? table.signs.unknown).tone;
}

const SVG = "http://www.w3.org/2000/svg";

function element(list, box, size, className) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    viewBox: `0 0 ${box} ${box}`, width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": 1.5,
    "stroke-linecap": "round", "stroke-linejoin": "round", class: `icon ${className}`, "aria-hidden": "true",
  })) svg.setAttribute(key, value);
  for (const part of list) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", part.d);
    if (part.fill) path.setAttribute("fill", "currentColor");
    if (part.line === 0) path.setAttribute("stroke", "none");
    if (part.knock) path.setAttribute("stroke", "var(--surface)");
    if (part.width) path.setAttribute("stroke-width", part.width);
    if (part.dash) path.setAttribute("stroke-dasharray", part.dash.join(" "));
    svg.append(path);
  }
  return svg;
}

export function glyph(name, size = 16, className = "") {
  return element(table.glyphs[name] ?? table.glyphs.obj, 16, size, className);
}

export function sign(name, size = 14) {
  const found = table.signs[name] ?? table.signs.unknown;
  return element(found.draw, 14, size, `tone-${found.tone}`);
}

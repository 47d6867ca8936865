/** Heads of messages: the shape says what it is, the hue who sent it, the head where it goes. */
const SHAPES = {
  request(ctx, hue) {
    triangle(ctx);
    ctx.fillStyle = ctx.strokeStyle = hue;
    ctx.lineWidth = 1.5;
    ctx.fill();
    ctx.stroke();
  },
  response(ctx, hue, ground) {
    triangle(ctx);
    ctx.fillStyle = ground;
    ctx.strokeStyle = hue;
    ctx.lineWidth = 1.7;
    ctx.fill();
    ctx.stroke();
  },
  watch(ctx, hue) {
    ctx.beginPath();
    ctx.moveTo(6.5, 0);
    ctx.lineTo(0, -5);
    ctx.lineTo(-6.5, 0);
    ctx.lineTo(0, 5);
    ctx.closePath();
    ctx.fillStyle = ctx.strokeStyle = hue;
    ctx.lineWidth = 1.2;
    ctx.fill();
    ctx.stroke();
  },
  cri(ctx, hue) {
    ctx.beginPath();
    ctx.roundRect(-4.5, -4.5, 9, 9, 1.5);
    ctx.fillStyle = hue;
    ctx.fill();
  },
  probe(ctx, hue, ground) {
    ctx.beginPath();
    ctx.arc(0, 0, 4.6, 0, 7);
    ctx.fillStyle = ground;
    ctx.strokeStyle = hue;
    ctx.lineWidth = 1.6;
    ctx.fill();
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(0, 0, 1.5, 0, 7);
    ctx.fillStyle = hue;
    ctx.fill();
  },
  packet(ctx, hue, ground) {
    ctx.beginPath();
    ctx.roundRect(-7, -4.5, 14, 9, 2);
    ctx.fillStyle = ground;
    ctx.strokeStyle = hue;
    ctx.lineWidth = 1.6;
    ctx.fill();
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(-7, -3.5);
    ctx.lineTo(0, 1);
    ctx.lineTo(7, -3.5);
    ctx.lineWidth = 1.3;
    ctx.stroke();
  },
};

function triangle(ctx) {
  ctx.beginPath();
  ctx.moveTo(6, 0);
  ctx.lineTo(-4, -5);
  ctx.lineTo(-4, 5);
  ctx.closePath();
  ctx.lineJoin = "round";
}

/** Draws one head at a point, heading `angle`, with a fading tail; a refused message carries a small cross behind it. */
export function head(ink, kind, x, y, angle, hue, tail = 26, scale = 1, refused = false) {
  const { ctx, c } = ink;
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(kind === "packet" && !tail ? 0 : angle);
  ctx.scale(scale, scale);
  if (tail > 0) tailOf(ctx, c[hue], tail);
  (SHAPES[kind] ?? SHAPES.request)(ctx, c[hue], c.surface);
  if (refused) cross(ctx, c.bad);
  ctx.restore();
}

function tailOf(ctx, hue, tail) {
  const alpha = ctx.globalAlpha;
  ctx.strokeStyle = hue;
  ctx.lineWidth = 2.2;
  for (let i = 0; i < 5; i += 1) {
    ctx.globalAlpha = alpha * (0.75 - 0.15 * i);
    ctx.beginPath();
    ctx.moveTo(-7 - (tail * i) / 5, 0);
    ctx.lineTo(-7 - (tail * (i + 1)) / 5, 0);
    ctx.stroke();
  }
  ctx.globalAlpha = alpha;
}

function cross(ctx, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.8;
  ctx.beginPath();
  ctx.moveTo(-15, -4);
  ctx.lineTo(-9, 4);
  ctx.moveTo(-9, -4);
  ctx.lineTo(-15, 4);
  ctx.stroke();
}

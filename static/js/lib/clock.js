/** The cluster's clock as the page shows it: the last word of the server, carried on at its rate. */
export class ClusterClock {
  constructor() {
    this.base = 0;
    this.at = performance.now();
    this.rate = 1;
    this.paused = true;
    this.known = false;
  }

  /** The server's word: cluster seconds since the epoch, rate, paused. */
  set({ now, rate, paused }) {
    this.base = now;
    this.at = performance.now();
    this.rate = rate;
    this.paused = paused;
    this.known = true;
  }

  now() {
    return this.paused ? this.base : this.base + ((performance.now() - this.at) / 1000) * this.rate;
  }
}

/** "14:32:07" and ".418" of a moment. */
export function clockText(seconds) {
  const moment = new Date(seconds * 1000).toISOString();
  return [moment.slice(11, 19), moment.slice(19, 23)];
}

/** "+7.30" seconds since another moment; minutes and hours when it is long. */
export function since(seconds, origin) {
  const gap = seconds - origin;
  const size = Math.abs(gap);
  const mark = gap < 0 ? "−" : "+";
  if (size < 100) return mark + size.toFixed(2);
  if (size < 3600) return `${mark}${Math.floor(size / 60)}m${Math.floor(size % 60).toString().padStart(2, "0")}`;
  return `${mark}${Math.floor(size / 3600)}h${Math.floor((size % 3600) / 60).toString().padStart(2, "0")}`;
}

/** "1/10×" for 0.1, "4×" for 4. */
export function rateText(rate) {
  return rate >= 1 ? `${+rate.toFixed(0)}×` : `1/${Math.round(1 / rate)}×`;
}

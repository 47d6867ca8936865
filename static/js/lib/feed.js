/**
 * The diagram feed: one socket a page, from which everything that moves is told.
 *
 * Events: `scene` (whole), `delta`, `signals`, `causes`, `clock`, `lost`, `found`. A delta that does not follow what the page
 * has is a gap: the feed asks for the whole scene again.
 */
export class Feed extends EventTarget {
  constructor(address, wants) {
    super();
    this.address = address;
    this.wants = wants;
    this.revision = 0;
    this.sequence = 0;
    this.tries = 0;
    this.socket = null;
    this.closed = false;
    this.count = 0;
    this.told = 0;
  }

  open() {
    this.count = 0;
    this.socket = new WebSocket(this.address);
    this.socket.addEventListener("open", () => this.send({ type: "want", topics: this.wants }));
    this.socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener("close", (event) => this.lose(event.code));
    return this;
  }

  close() {
    this.closed = true;
    this.socket?.close();
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** The server sends no more than a window of frames that were not acknowledged. */
  acknowledge() {
    this.count += 1;
    if (this.count % 8 === 0 || performance.now() - this.told > 400) {
      this.told = performance.now();
      this.send({ type: "got", count: this.count });
    }
  }

  take(message) {
    this.acknowledge();
    if (this.tries) this.tell("found");
    this.tries = 0;
    if (message.type === "scene") {
      this.sequence = message.sequence ?? 0;
      this.revision = message.scene?.revision ?? this.revision;
    } else if (message.type === "frame") {
      if (message.sequence !== undefined && message.sequence !== this.sequence + 1) {
        this.send({ type: "again" });
        return;
      }
      this.sequence = message.sequence ?? this.sequence;
      this.revision = message.revision ?? this.revision;
    }
    if (message.clock) this.tell("clock", message.clock);
    if (message.scene) this.tell("scene", message.scene);
    if (message.signals?.length) this.tell("signals", message.signals);
    if (message.merged) this.tell("merged", message.merged);
    if (message.delta) this.tell("delta", message.delta);
    if (message.causes?.length) this.tell("causes", message.causes);
    if (message.changed?.length) this.tell("changed", message.changed);
    if (message.past) this.tell("past", message.past);
  }

  tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  lose(code) {
    if (this.closed) return;
    this.tries += 1;
    this.tell("lost", { code, tries: this.tries });
    if (code === 4403 || code === 4404) return;
    setTimeout(() => !this.closed && this.open(), Math.min(8000, 400 * 2 ** Math.min(this.tries, 5)));
  }
}

/** A feed that plays recorded messages: for pages without a server and for tests. */
export class RecordedFeed extends Feed {
  constructor(messages) {
    super("", []);
    this.messages = messages;
  }

  open() {
    const begin = performance.now();
    for (const { at, ...message } of this.messages) setTimeout(() => this.take(message), Math.max(0, at - (performance.now() - begin)));
    return this;
  }
}

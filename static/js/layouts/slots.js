/** Slots: a pod keeps its place in its node until it goes; a new pod takes the first free one. Places never jump. */
export class Slots {
  constructor() {
    this.rooms = new Map();
  }

  /** The slot of each pod of a node, by pod id; forgets pods that are gone. */
  assign(node, pods) {
    const room = this.rooms.get(node) ?? new Map();
    this.rooms.set(node, room);
    const here = new Set(pods.map((pod) => pod.id));
    for (const id of [...room.keys()]) if (!here.has(id)) room.delete(id);
    const taken = new Set(room.values());
    let free = 0;
    for (const pod of pods) {
      if (room.has(pod.id)) continue;
      while (taken.has(free)) free += 1;
      taken.add(free);
      room.set(pod.id, free);
    }
    return room;
  }
}

/** The packets that are told about when there is a limit: those that were seen first, whichever ends first. */
export class FirstTrails {
  private readonly limit: number;
  private readonly trails: Set<number> = new Set();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Also takes the packet in while there is room. */
  has(trail: number): boolean {
    if (this.limit === Number.POSITIVE_INFINITY || this.trails.has(trail)) return true;
    if (this.trails.size >= this.limit) return false;
    this.trails.add(trail);
    return true;
  }
}

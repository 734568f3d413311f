/** Keeps the values that were used last, up to a number of them. */
export class RecentlyUsed<T> {
  private readonly values = new Map<string, T>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @param make is asked if there is none; undefined is not kept */
  get<Made extends T | undefined>(key: string, make: () => Made): Made | T {
    const value = this.values.get(key) ?? make();
    if (value === undefined) return value;
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.limit) this.values.delete(this.values.keys().next().value!);
    return value;
  }

  delete(key: string): void {
    this.values.delete(key);
  }

  clear(): void {
    this.values.clear();
  }
}

/** Headers of the simulated network: what the platform's own do as far as anything here asks. */
export type Pairs = Iterable<readonly [string, string]> | Record<string, string>;

export class LightHeaders {
  #values = new Map<string, string>();
  /** Shared with another: copied before it is changed. */
  #isShared = false;

  constructor(init?: Pairs | LightHeaders | null) {
    if (!init) return;
    if (init instanceof LightHeaders) {
      this.#values = init.#values;
      this.#isShared = init.#isShared = true;
      return;
    }
    if (Symbol.iterator in init)
      for (const [name, value] of init as Iterable<[string, string]>) this.append(name, value);
    else for (const name in init) this.#add(name, (init as Record<string, string>)[name] ?? "");
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#own().set(name.toLowerCase(), checked(name, value));
  }

  append(name: string, value: string): void {
    this.#own();
    this.#add(name, value);
  }

  #add(name: string, value: string): void {
    const key = name.toLowerCase();
    const before = this.#values.get(key);
    this.#values.set(key, checked(name, before === undefined ? value : `${before}, ${value}`));
  }

  delete(name: string): void {
    this.#own().delete(name.toLowerCase());
  }

  #own(): Map<string, string> {
    if (this.#isShared) this.#values = new Map(this.#values);
    this.#isShared = false;
    return this.#values;
  }

  forEach(work: (value: string, name: string) => void): void {
    for (const [name, value] of this) work(value, name);
  }

  keys() {
    return new Map([...this]).keys();
  }

  entries() {
    return this[Symbol.iterator]();
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    const names = [...this.#values.keys()].sort();
    return names.map((name): [string, string] => [name, this.#values.get(name) ?? ""])[Symbol.iterator]();
  }
}

const UNFIT = /[^\x20-\x7e\t\x80-\xff]/;

/** As a real header refuses it: a line break would be a header of somebody else's. */
function checked(name: string, value: string): string {
  const text = String(value).trim();
  if (UNFIT.test(text)) throw new TypeError(`invalid header ${name}`);
  return text;
}

/** A value that is made at its first use. */
interface Lazy<Value> {
  /** The value; one that could not be made is made anew the next time. */
  get(): Promise<Value>;
  /** What is made or being made; undefined before the first use and after a failure. */
  readonly made: Promise<Value> | undefined;
}

export function lazy<Value>(make: () => Promise<Value>): Lazy<Value> {
  let made: Promise<Value> | undefined;
  return {
    get() {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return made;
    },
    get made() {
      return made;
    },
  };
}

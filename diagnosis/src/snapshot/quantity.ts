const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** The number that a Kubernetes quantity means, in its base unit (cores, bytes, pieces); undefined when it is none. */
export function quantity(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const [, number, suffix = ""] = QUANTITY.exec(typeof value === "string" ? value.trim() : "") ?? [];
  const unit = SUFFIXES[suffix];
  return number === undefined || unit === undefined ? undefined : Number(number) * unit;
}

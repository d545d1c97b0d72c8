import { type Json, textsAt } from "../../snapshot/json.ts";

/** By which field a block certainly holds none of some addresses. */
interface MissedBlock {
  readonly field: "cidr" | "except";
  readonly value: string;
  /** After `addresses`. */
  readonly words: string;
}

/** Why an ipBlock holds none of the addresses; undefined when it holds one, or that cannot be told (IPv6, no address). */
export function missedBlock(block: Json, addresses: readonly string[]): MissedBlock | undefined {
  const cidr = String(block["cidr"] ?? "");
  const ranges = [cidr, ...textsAt(block, "except")].map(rangeOf);
  const numbers = addresses.map(ipv4);
  if (numbers.length === 0 || [...ranges, ...numbers].includes(undefined)) return undefined;
  const inside = numbers.filter((at) => holds(ranges[0], at));
  if (inside.length === 0) return { field: "cidr", value: cidr, words: `in ${cidr}` };
  const [, ...excepted] = ranges;
  if (!inside.every((at) => excepted.some((range) => holds(range, at)))) return undefined;
  const value = textsAt(block, "except").join(", ");
  return { field: "except", value, words: `in ${cidr} except ${value}` };
}

interface Range {
  readonly from: number;
  readonly size: number;
}

function rangeOf(cidr: string): Range | undefined {
  const [base = "", length = ""] = cidr.split("/");
  const [from, bits] = [ipv4(base), Number(length)];
  const valid = length !== "" && Number.isInteger(bits) && bits >= 0 && bits <= 32;
  return from === undefined || !valid ? undefined : { from, size: 2 ** (32 - bits) };
}

function holds(range: Range | undefined, at: number | undefined): boolean {
  if (range === undefined || at === undefined) return false;
  return Math.floor(at / range.size) === Math.floor(range.from / range.size);
}

function ipv4(text: string): number | undefined {
  const bytes = text.split(".").map(Number);
  const valid = bytes.length === 4 && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256);
  return valid ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

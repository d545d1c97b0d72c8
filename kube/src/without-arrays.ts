const [QUOTE, BACKSLASH, OPEN_LIST, OPEN_MAP, CLOSE_LIST, CLOSE_MAP] = [0x22, 0x5c, 0x5b, 0x7b, 0x5d, 0x7d];

/**
 * JSON whose arrays of these names, wherever they stand, are empty. What is never parsed costs neither time nor memory,
 * and a list is mostly of managedFields. Works in `json` itself. Best effort: of indented JSON nothing is left out.
 */
export function withoutArrays(json: Buffer, names: readonly string[]): Buffer {
  return names.reduce(withoutArray, json);
}

function withoutArray(json: Buffer, name: string): Buffer {
  const opening = Buffer.from(`"${name}":[`);
  let [read, written] = [0, 0];
  for (let at = json.indexOf(opening); at !== -1; at = json.indexOf(opening, read)) {
    const from = at + opening.length;
    // In a text every quote has a backslash: behind one it is the end of a longer name.
    const to = json[at - 1] === BACKSLASH ? from : endOfArray(json, from);
    json.copyWithin(written, read, from);
    written += from - read;
    read = to;
  }
  if (read === 0) return json;
  json.copyWithin(written, read);
  return json.subarray(0, written + json.length - read);
}

/** Where the bracket stands that closes the array whose content begins at `from`. */
function endOfArray(json: Buffer, from: number): number {
  let depth = 1;
  for (let at = from; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at + 1);
    else depth += nesting(byte);
    if (depth === 0) return at;
  }
  return json.length;
}

function nesting(byte: number | undefined): -1 | 0 | 1 {
  if (byte === OPEN_LIST || byte === OPEN_MAP) return 1;
  return byte === CLOSE_LIST || byte === CLOSE_MAP ? -1 : 0;
}

function endOfText(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

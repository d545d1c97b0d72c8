export interface EnvelopeOptions {
  /** Where the text comes from, such as `log` or `event message`. */
  readonly source: string;
  /** Who can put words there: a text that tenants write may be an attack on its reader. */
  readonly writableBy: "tenant" | "control-plane";
  /** Random for each reply: 12 to 64 characters of a-z and 0-9. */
  readonly mark: string;
  /** The object it belongs to, such as `Pod shop/checkout-1`. */
  readonly object?: string;
  /** RFC 3339. */
  readonly readAt?: string;
}

const MARK = /^[a-z0-9]{12,64}$/;

/** JSON text in which no delimiter can stand: `</` becomes `<\/`, and an opening tag or the mark begins with an escape. */
function sealed(text: string, mark: string): string {
  const hiddenMark = `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}${mark.slice(1)}`;
  const escaped = text.split(mark).map((part) => JSON.stringify(part).slice(1, -1));
  const json = `"${escaped.join(hiddenMark)}"`;
  return json.replaceAll("</", "<\\/").replace(/<(?=untrusted-)/gi, "\\u003c");
}

/**
 * Wraps untrusted text for a model: one JSON string between delimiters that carry a random mark, which nothing inside
 * can forge. `JSON.parse` of the middle line gives the text back. Throws RangeError for an unfit mark.
 */
export function envelope(text: string, { mark, ...origin }: EnvelopeOptions): string {
  if (!MARK.test(mark)) throw new RangeError("the mark of an envelope is 12 to 64 characters of a-z and 0-9");
  const attributes = Object.entries(origin).map(
    ([name, value]) => ` ${name}=${sealed(String(value), mark).replaceAll(">", "\\u003e")}`,
  );
  return `<untrusted-${mark}${attributes.join("")}>\n${sealed(text, mark)}\n</untrusted-${mark}>`;
}

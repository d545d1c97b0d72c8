import { isSecretName, type Pseudonym, redact } from "@sre-agent/redaction";

const HOST = "[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?";
/** Scheme, user information, host with port, and whatever follows. */
const ADDRESS = new RegExp(
  `^([a-z][a-z0-9+.-]{0,20}://)?(?:([^\\s/"'?#]*)@)?(${HOST}(?::\\d{1,5})?)([/?#]\\S*)?$`,
  "i",
);
/** Settings whose bare words are hosts, as a diagnosis reads them. */
const ADDRESS_NAME = /(?:^|_)(?:HOST|ADDR|ADDRESS|URL|URI|ENDPOINT|UPSTREAM|BACKEND|BROKER|SERVER|SVC)S?$/i;
/** A secret as a whole, yet it holds an address. */
const CONNECTION = /dsn|conn/i;

/** What stands for a value that is hidden: the same for the same value. */
export function tokenOf(value: string, pseudonym: Pseudonym): string {
  return `<hidden:${pseudonym("value", value)}>`;
}

/**
 * What stands for a setting that is hidden. Of the address of a server scheme, host and port stay, since a diagnosis
 * names them; user information, path and query are tokens. Everything else is one token.
 */
export function standInFor(name: string, value: string, pseudonym: Pseudonym): string {
  const token = (text: string) => tokenOf(text, pseudonym);
  const [, scheme = "", user, server = "", rest = ""] = ADDRESS.exec(value) ?? [];
  const mayHold = !isSecretName(name) || (scheme !== "" && CONNECTION.test(name));
  const isAddress = server !== "" && (scheme !== "" || ADDRESS_NAME.test(name));
  const kept = `${scheme}${server}`;
  if (!mayHold || !isAddress || redact(kept, { pseudonym }).text !== kept) return token(value);
  const before = user === undefined ? "" : `${token(user)}@`;
  const after = rest.length > 1 ? `${rest.slice(0, 1)}${token(rest)}` : rest;
  return `${scheme}${before}${server}${after}`;
}

import type { Call } from "./clients.ts";
import type { Address } from "./plain-address.ts";

/** What is wrong with an address, and the right one where it is beyond doubt. */
export interface AddressFault {
  readonly key: string;
  /** After `env API_URL of container web names`. */
  readonly words: string;
  /** Without it only a client that fails makes a finding. */
  readonly near: boolean;
  readonly right: Partial<Address> | undefined;
  readonly decide: string;
}

/** A port that stands in a setting of its own, as X_PORT of X_HOST, is wrong there. */
export function atPort(call: Call): Call {
  return { ...call, ...call.portAt, portAt: call.portAt };
}

/** Where the address is to be corrected. */
export function advice({ words, path, client }: Call): Pick<AddressFault, "decide"> {
  // What its log says was written somewhere that nobody saw.
  const spoken = /^log\[|\.message$|^event /.test(path);
  return {
    decide: spoken
      ? `correct the address that ${client.kind}/${client.metadata.name} calls`
      : `correct the address in ${words}`,
  };
}

import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { isRefusedLogin } from "../configuration/refused-client.ts";
import { workloadsCalled } from "../network/servers.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A login that is refused, while client and server have their password of two keys: those have to hold the same. */
export function refusedPassword(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!isRefusedLogin(said)) return undefined;
  const own = passwordsOf(containerSpec(trouble.pod, trouble.container));
  const servers = workloadsCalled(index, trouble.workload).map((server) => ({ server, keys: passwordsIn(server) }));
  const [known, ...others] = servers.filter(({ keys }) => keys.length > 0);
  const [mine] = own;
  if (known === undefined || others.length > 0 || mine === undefined || own.length > 1) return undefined;
  const theirs = known.keys.filter((key) => key.place !== mine.place);
  if (theirs.length < known.keys.length) return undefined;
  const server = `${known.server.kind}/${known.server.metadata.name}`;
  const listed = theirs.slice(0, 3).map(({ env, place }) => `${place} (env ${env})`);
  return {
    words: `its password is ${mine.place} (env ${mine.env}), and ${server}, which it calls, has ${listed.join(", ")}: two places that have to hold the same, and were not compared`,
    decide: `make ${mine.place} and ${theirs[0]?.place} equal, or let both read one of them; a server may keep the password that it was first started with`,
  };
}

interface PasswordKey {
  readonly env: string;
  /** `key password of Secret db`. */
  readonly place: string;
}

const PASSWORD = /PASSW(?:OR)?D|PASSPHRASE|_PASS$|_PWD$/i;

function passwordsOf(container: unknown): readonly PasswordKey[] {
  return objectsAt(container, "env").flatMap((entry) => {
    const [name, key] = ["name", "key"].map((field) => textAt(entry, "valueFrom", "secretKeyRef", field));
    const env = textAt(entry, "name") ?? "";
    return name === undefined || !PASSWORD.test(env) ? [] : [{ env, place: `key ${key} of Secret ${name}` }];
  });
}

function passwordsIn(server: SnapshotObject): readonly PasswordKey[] {
  return objectsAt(podSpecOf(server), "containers").flatMap(passwordsOf);
}

import { readFile, rm, writeFile } from "node:fs/promises";
import { UserError } from "@sre-agent/frame";
import { type Incident, readIncident } from "@sre-agent/mcp-server/incident";

/** The incident in a file. @throws UserError that says what is wrong with the file and where. */
export async function loadIncident(path: string): Promise<Incident> {
  const read = readIncident(await readFile(path, "utf8").catch(unreadableFile(path)));
  if (read.ok) return read.incident;
  throw new UserError(`${path} is no incident file: ${read.fault}.`, {
    nextStep: "Make one with: sre-agent capture -n NAMESPACE -o FILE",
  });
}

/** For a failed read of a file that a person named. */
export function unreadableFile(path: string): (error: unknown) => never {
  return (error) => {
    throw new UserError(`${path} cannot be read: ${faultOf(error)}.`, { nextStep: "Check the path." });
  };
}

/** Writes a new file that its owner alone may read. @throws UserError also when the file is there already. */
export async function saveNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const exists = codeOf(error) === "EEXIST";
    throw new UserError(exists ? `${path} is there already.` : `${path} cannot be written: ${faultOf(error)}.`, {
      nextStep: exists ? "Give another name, or remove it first." : "Check the folder and its permissions.",
    });
  }
}

/** To be asked before the work that a new file is for. @throws UserError when it is there already or cannot be written. */
export async function checkNewFile(path: string): Promise<void> {
  await saveNewFile(path, "");
  await rm(path);
}

const IN_WORDS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EISDIR: "it is a folder",
  EACCES: "no permission",
};

function faultOf(error: unknown): string {
  const code = codeOf(error);
  const words = IN_WORDS[code];
  return words === undefined ? code : `${code}, ${words}`;
}

function codeOf(error: unknown): string {
  return (error as { readonly code?: string }).code ?? String(error);
}

import { afterEach, expect } from "vitest";
import { loopbackOnly } from "./loopback-only.ts";

const reached: string[] = [];
loopbackOnly((host) => reached.push(host));

// Also where the test is content with the failure.
afterEach(() => expect(reached.splice(0), "no test reaches another machine").toEqual([]));

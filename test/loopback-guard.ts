import { loopbackOnly } from "./loopback-only.ts";

// For a process that a test starts: one that reaches for another machine ends, whatever it would make of the failure.
loopbackOnly((host) => {
  process.stderr.write(`This process reached for ${host}; tests and the demo reach loopback only.\n`);
  process.exit(86);
});

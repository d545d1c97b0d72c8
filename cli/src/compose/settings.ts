import { formatFaults, type ParsedConfig, UserError } from "@sre-agent/frame";

/** The settings, or one error that names every fault. */
export function settingsOf<Config>(parsed: ParsedConfig<Config>): Readonly<Config> {
  if (parsed.ok) return parsed.config;
  throw new UserError(formatFaults(parsed.faults), {
    nextStep: "Correct the environment; docs/configuration.md lists every setting.",
  });
}

import { expect, test } from "vitest";
import { mentionsPort } from "./mentioned-port.ts";

test.each(["80", "listen 80;", "0.0.0.0:80", "It listens on port 80.", "--port=80", "tcp80/udp", "180 80"])(
  "%s mentions port 80",
  (text) => {
    expect(mentionsPort(text, 80)).toBe(true);
  },
);

test.each(["", "8080", "10.0.0.80", "80.1.2.3", "v1.80", "80.5 s"])("%s does not mention port 80", (text) => {
  expect(mentionsPort(text, 80)).toBe(false);
});

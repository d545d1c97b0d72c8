import { expect, test } from "vitest";
import { hasWord } from "./whole-word.ts";

const HOST = /[a-z0-9-]/;

test.each([
  ["dial tcp db:5432", "db"],
  ["db", "db"],
  ["ledger-db is up, db is refused", "db"],
  ["db-1 is up, then db", "db"],
  ["dbdb db", "db"],
  ["a-a-a a-a", "a-a"],
])("%s has the word %s", (text, word) => {
  expect(hasWord(text, word, HOST)).toBe(true);
});

test.each([
  ["ledger-db is refused", "db"],
  ["db-1 is refused", "db"],
  ["dbdb", "db"],
  ["nothing", "db"],
  ["", ""],
  ["db", ""],
])("%s has no word '%s'", (text, word) => {
  expect(hasWord(text, word, HOST)).toBe(false);
});

test("what goes on before a word may end one after it", () => {
  const parts = { before: /[\w.]/, after: /\w/ };
  expect(hasWord("db.shop", "db", parts)).toBe(true);
  expect(hasWord("my.db", "db", parts)).toBe(false);
});

test("what comes after a word may take more than one character to make it longer", () => {
  const parts = { before: /\d/, after: /\.\d/ };
  expect(hasWord("in 80.", "80", parts)).toBe(true);
  expect(hasWord("in 80.5", "80", parts)).toBe(false);
});

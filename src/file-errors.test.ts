import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UserError } from "./errors.ts";
import { fileError, placeToWrite } from "./file-errors.ts";

const refusal = (code: string) => Object.assign(new Error(code), { code, syscall: "write" });

function errorOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

test("what the operating system refuses says what was expected, what is there and what to do", () => {
  const missing = errorOf(() => readFileSync("nowhere/a.txt"));
  expect(fileError(missing, "a.txt")).toEqual(
    new UserError("a.txt: expected a readable file, got nothing at that path. Check the path."),
  );
  const folder = errorOf(() => readFileSync("."));
  expect(fileError(folder, "a.txt", "a text file")).toEqual(
    new UserError("a.txt: expected a text file, got a folder. Name a file."),
  );
});

test("a full disk tells how much was wanted, and how much is left", () => {
  expect(String(fileError(refusal("ENOSPC"), "./a.tokens", placeToWrite, 2_000_000))).toMatch(
    /^UserError: \.\/a\.tokens: expected room for 2,000,000 bytes, got a full disk with [\d,]+ bytes free\. Free/,
  );
  expect(String(fileError(refusal("EDQUOT"), "a", placeToWrite))).toContain(
    "expected a place that can be written, got a full quota",
  );
});

test("other errors stay what they are", () => {
  const other = new RangeError("not about files");
  expect(fileError(other, "a")).toBe(other);
  expect(String(fileError(refusal("EWEIRD"), "a"))).toContain("got the error EWEIRD. EWEIRD.");
});

import { expect, test } from "vitest";
import { MessageWriter } from "./protobuf.ts";

/** Returns the bytes of the message that `write` builds, in hexadecimal. */
function hex(write: (message: MessageWriter) => void): string {
  const message = new MessageWriter();
  write(message);
  const bytes = message.finish();
  expect(message.length).toBe(bytes.length);
  return Buffer.from(bytes).toString("hex");
}

// The examples of https://protobuf.dev/programming-guides/encoding.
test("the examples of the encoding guide", () => {
  expect(hex((message) => message.integer(1, 150))).toBe("089601");
  expect(hex((message) => message.string(2, "testing"))).toBe("120774657374696e67");
  expect(hex((message) => message.message(3, (inner) => inner.integer(1, 150)))).toBe("1a03089601");
  expect(hex((message) => message.integers(6, [3, 270, 86942]))).toBe("3206038e029ea705");
  expect(hex((message) => message.integer(1, -2))).toBe("08feffffffffffffffff01");
});

// What Python's protobuf 7 writes for `OperatorSetIdProto.version` and `AttributeProto.f` of the package onnx.
test("integers past 31, 32 and 53 bits, and floats", () => {
  expect(hex((message) => message.integer(2, 2 ** 31))).toBe("108080808008");
  expect(hex((message) => message.integer(2, 2 ** 33 + 5))).toBe("108580808020");
  expect(hex((message) => message.integer(2, 2n ** 63n - 1n))).toBe("10ffffffffffffffff7f");
  expect(hex((message) => message.integer(2, -(2n ** 63n)))).toBe("1080808080808080808001");
  expect(hex((message) => message.float(2, 1.5))).toBe("150000c03f");
  // packed: one length, then the same four bytes each
  expect(hex((message) => message.floats(7, [1, -2]))).toBe("3a080000803f000000c0");
});

test("long bytes and nested messages keep their order", () => {
  const long = new Uint8Array(300).fill(0xab);
  const text = hex((message) => {
    message.integer(1, 1);
    message.message(2, (inner) => {
      inner.bytes(1, long);
      inner.integer(2, 7);
    });
    message.integer(3, 3);
  });
  expect(text).toBe(`080112b1020aac02${"ab".repeat(300)}10071803`);
});

test("a fraction is refused", () => {
  expect(() => new MessageWriter().integer(1, 1.5)).toThrow("expected an integer, got 1.5");
});

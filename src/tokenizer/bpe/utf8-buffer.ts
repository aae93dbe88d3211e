/** Bytes that can be read after the end of the text. */
export const paddingBytes = 16;
/** Of a text's UTF-16 units. */
export const mostBytesPerUnit = 3;

const encoder = new TextEncoder();

/** A text as UTF-8, in memory that is used again for the next; half a surrogate pair becomes U+FFFD. */
export class Utf8Buffer {
  bytes = new Uint8Array(1024);
  view = new DataView(this.bytes.buffer);

  /** Replaces the content; the number of its bytes. */
  write(text: string): number {
    const capacity = text.length * mostBytesPerUnit + paddingBytes;
    if (this.bytes.length < capacity) {
      this.bytes = new Uint8Array(2 * capacity);
      this.view = new DataView(this.bytes.buffer);
    }
    return encoder.encodeInto(text, this.bytes).written;
  }
}

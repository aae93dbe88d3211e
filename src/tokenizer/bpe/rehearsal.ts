/**
 * A text with pieces of every kind. An encoder encodes it once when it is made: a fraction of a millisecond after which the JavaScript engine has
 * seen every branch, and compiles the whole for good; without it the first 10 MB were measured to take a sixth longer.
 */
export const rehearsal =
  "Words, it's HTMLParser ABC'LL version2 12345 ½ ٣ don'T naïve e\u0301 ʰa Русский\t\n\r\n  x \u3000 y\u00a0z 👍 != //--==>\n/ " +
  "你好，世界。这是一个没有标点的很长的句子它一直写下去。 _snake_case(a){}\u2014“so” internationalization unsplittablewordthatgoeson" +
  "-".repeat(120) +
  " \n ";

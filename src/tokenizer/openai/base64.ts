/** The digits of base 64. */
export const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The value of each digit by its character's code; 64 for all others. */
export const base64Values = new Uint8Array(256).fill(64);
for (let value = 0; value < 64; value++) base64Values[base64Digits.charCodeAt(value)] = value;

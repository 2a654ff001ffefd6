// TextDecoder and TextEncoder exist in Node and in browsers; the pure tier has neither's types.
interface Decoder {
  decode(bytes: Uint8Array): string;
}
interface Encoder {
  encode(text: string): Uint8Array;
}
declare const TextDecoder: new (label?: string) => Decoder;
declare const TextEncoder: new () => Encoder;

const decoder = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/** Malformed sequences become U+FFFD; never throws. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

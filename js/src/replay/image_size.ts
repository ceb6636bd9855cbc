// Reads the size of a picture from its file without decoding it. Pure.

/** The width and height in the header of a PNG or JPEG file, or null if it has none. */
export function imageSize(file: DataView): [number, number] | null {
  if (file.byteLength >= 24 && file.getUint32(0) === 0x89504e47)
    return [file.getUint32(16), file.getUint32(20)];
  if (file.byteLength < 4 || file.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < file.byteLength; at += 2 + file.getUint16(at + 2)) {
    const marker = file.getUint16(at);
    if (marker < 0xff01) return null;
    const frame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (frame) return [file.getUint16(at + 7), file.getUint16(at + 5)];
  }
  return null;
}
